/* The families of methods: each a table that ends with a row without a name. */
#ifndef APP_RPC_FAMILIES_H
#define APP_RPC_FAMILIES_H

#include "rpc.h"

/* Bounds of docs/api.json. */
#define API_NAME_CHARS 64
#define API_TITLE_CHARS 64
#define API_TEXT_BYTES 64000
#define API_LIST_MAX 200
#define API_LIST_DEFAULT 100
#define API_MESSAGES_DEFAULT 50
#define API_WAITING_MAX 200
#define API_PAGE_BYTES ((size_t)1 << 20)
#define API_ORDER_MAX INT64_C(9007199254740991)

extern const rpc_method rpc_session_methods[];
extern const rpc_method rpc_account_methods[];
extern const rpc_method rpc_contact_methods[];
extern const rpc_method rpc_conversation_methods[];
extern const rpc_method rpc_members_methods[];
extern const rpc_method rpc_message_methods[];

#define RULE_ID(field)                                                                             \
    {                                                                                              \
        .name = (field), .kind = PARAM_ID                                                          \
    }
#define RULE_LIMIT                                                                                 \
    {                                                                                              \
        .name = "limit", .kind = PARAM_INT, .optional = true, .min = 1, .max = API_LIST_MAX        \
    }
#define RULE_AFTER                                                                                 \
    {                                                                                              \
        .name = "after", .kind = PARAM_STRING, .optional = true, .min = 1, .max = 1024             \
    }

#endif
