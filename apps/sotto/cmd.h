/* The sub-commands; each is described in its own file. */
#ifndef APP_CMD_H
#define APP_CMD_H

#include "cli.h"

extern const cli_command cmd_init, cmd_run, cmd_ui, cmd_me, cmd_add, cmd_people, cmd_list, cmd_send,
    cmd_read, cmd_chat, cmd_accept, cmd_decline, cmd_group, cmd_verify, cmd_handle, cmd_status,
    cmd_stop;

#endif
