/* sotto list, accept, decline: conversations, and those that wait for an answer. */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cmd.h"
#include "show.h"
#include "who.h"

static const char list_usage[] =
    "sotto list\n"
    "\n"
    "All conversations, the most recent first: id, when, title, state, unread, the last words.\n"
    "Those marked [request] wait for: sotto accept WHO, or sotto decline WHO.\n";

static int run_list(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    size_t i = 0;
    json_t *room = NULL;
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 0, 0, NULL, 0}, &code)) {
        return code;
    }
    json_t *rooms = client_list(&agent, "conversation.list", "conversations", NULL);
    if (rooms == NULL) {
        code = client_fail(&agent);
    } else if (json_array_size(rooms) == 0 && !c.json) {
        (void)puts("No conversations yet. Add somebody with: sotto add LINK");
    }
    json_array_foreach(rooms, i, room)
    {
        if (c.json) {
            client_print(room);
        } else {
            show_conversation(stdout, room);
        }
    }
    json_decref(rooms);
    client_close(&agent);
    return code;
}

const cli_command cmd_list = {"list", "all conversations", list_usage, run_list};

/* ---- requests ---- */

static const char accept_usage[] =
    "sotto accept WHO\n"
    "\n"
    "Accept a request: this person becomes one of my people, and may see what I received and\n"
    "read. Nothing leaves this device before.\n";

static const char decline_usage[] =
    "sotto decline WHO [--block]\n"
    "\n"
    "Decline a request and delete it. Nothing is told to the person.\n"
    "\n"
    "  --block   and show nothing more of theirs\n";

static exit_code answer(client *agent, const char *who, const char *method, const char *block_key,
                        bool block)
{
    json_t *room = NULL;
    exit_code code = who_conversation(agent, who, WHO_REQUEST, &room);
    if (code != EXIT_GOOD) {
        return code;
    }
    json_t *params = json_pack("{s:s}", "conversation", text_of(room, "id"));
    if (block_key != NULL) {
        (void)json_object_set_new(params, block_key, json_boolean(block));
    }
    json_t *result = client_call(agent, method, params);
    if (result == NULL) {
        code = client_fail(agent);
    } else if (agent->cli->json) {
        client_print(result);
    } else {
        (void)printf(block_key == NULL ? "You accepted %s.\n" : "You declined %s.\n",
                     text_of(room, "title"));
    }
    json_decref(result);
    json_decref(room);
    return code;
}

static int run_accept(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 1, 1, NULL, 0}, &code)) {
        return code;
    }
    code = answer(&agent, c.args[0], "conversation.accept", NULL, false);
    client_close(&agent);
    return code;
}

static int run_decline(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    bool block = false;
    const cli_option options[] = {{"block", NULL, &block}};
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 1, 1, options, 1}, &code)) {
        return code;
    }
    code = answer(&agent, c.args[0], "conversation.decline", "block", block);
    client_close(&agent);
    return code;
}

const cli_command cmd_accept = {"accept", "accept a request", accept_usage, run_accept};
const cli_command cmd_decline = {"decline", "decline a request", decline_usage, run_decline};
