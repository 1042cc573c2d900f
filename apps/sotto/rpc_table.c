/* Every method by its name. */
#include <string.h>

#include "rpc_families.h"

const rpc_method *rpc_method_find(const char *name)
{
    static const rpc_method *const families[] = {
        rpc_session_methods,      rpc_account_methods, rpc_contact_methods,
        rpc_conversation_methods, rpc_members_methods, rpc_message_methods,
    };
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        for (const rpc_method *m = families[i]; m->name != NULL; m++) {
            if (strcmp(m->name, name) == 0) {
                return m;
            }
        }
    }
    return NULL;
}
