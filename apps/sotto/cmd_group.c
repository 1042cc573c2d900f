/* sotto group: groups and who is in them. */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "cmd.h"
#include "show.h"
#include "who.h"

#define MEMBERS_MAX 200

static const char usage[] =
    "sotto group create TITLE [WHO]...   a new group, with me as its admin\n"
    "sotto group add GROUP WHO...        add people\n"
    "sotto group remove GROUP WHO        remove a member\n"
    "sotto group leave GROUP             leave; the history stays on this device\n"
    "sotto group members GROUP           who is in it\n"
    "\n"
    "GROUP is a title, or the beginning of an id. Only admins add and remove.\n";

typedef exit_code (*group_verb)(client *agent, char **args, int n);

/* Print a changed conversation. */
static exit_code done(const client *agent, json_t *result, const char *word)
{
    if (result == NULL) {
        return client_fail(agent);
    }
    const json_t *room = json_object_get(result, "conversation");
    if (agent->cli->json) {
        client_print(room);
    } else {
        (void)printf("%s “%s”, %lld people.\n", word, text_of(room, "title"),
                     (long long)json_integer_value(json_object_get(room, "member_count")));
    }
    json_decref(result);
    return EXIT_GOOD;
}

static exit_code create(client *agent, char **args, int n)
{
    exit_code code = EXIT_GOOD;
    json_t *members = json_array();
    for (int i = 1; i < n && code == EXIT_GOOD; i++) {
        json_t *person = NULL;
        code = who_person(agent, args[i], &person);
        if (code == EXIT_GOOD) {
            (void)json_array_append_new(members, json_string(text_of(person, "id")));
        }
        json_decref(person);
    }
    if (code != EXIT_GOOD) {
        json_decref(members);
        return code;
    }
    return done(agent,
                client_call(agent, "conversation.create_group",
                            json_pack("{s:s, s:o}", "title", args[0], "members", members)),
                "Made");
}

static exit_code add(client *agent, char **args, int n)
{
    json_t *room = NULL;
    exit_code code = who_conversation(agent, args[0], WHO_GROUP, &room);
    for (int i = 1; i < n && code == EXIT_GOOD; i++) {
        json_t *person = NULL;
        code = who_person(agent, args[i], &person);
        if (code == EXIT_GOOD) {
            code = done(agent,
                        client_call(agent, "conversation.add",
                                    json_pack("{s:s, s:s}", "conversation", text_of(room, "id"),
                                              "contact", text_of(person, "id"))),
                        "Added to");
        }
        json_decref(person);
    }
    json_decref(room);
    return code;
}

/* A member by name or id: also one who is not among my people. */
static exit_code find_member(client *agent, const char *room, const char *who, char *id, size_t n)
{
    size_t i = 0;
    size_t found = 0;
    const json_t *m = NULL;
    json_t *members = client_list(agent, "conversation.members", "members",
                                  json_pack("{s:s}", "conversation", room));
    if (members == NULL) {
        return client_fail(agent);
    }
    json_array_foreach(members, i, m)
    {
        bool by_id = strlen(who) >= 4 && strncmp(text_of(m, "contact"), who, strlen(who)) == 0;
        if (by_id || strcmp(text_of(m, "name"), who) == 0) {
            (void)snprintf(id, n, "%s", text_of(m, "contact"));
            found++;
        }
    }
    json_decref(members);
    if (found != 1) {
        cli_say(found == 0 ? "there is no member “%s”. See: sotto group members"
                           : "“%s” may be several members; give the beginning of the id",
                who);
    }
    return found == 1 ? EXIT_GOOD : EXIT_WHO;
}

static exit_code remove_one(client *agent, char **args, int n)
{
    char id[129];
    json_t *room = NULL;
    (void)n;
    exit_code code = who_conversation(agent, args[0], WHO_GROUP, &room);
    if (code == EXIT_GOOD) {
        code = find_member(agent, text_of(room, "id"), args[1], id, sizeof id);
    }
    if (code == EXIT_GOOD) {
        code = done(
            agent,
            client_call(agent, "conversation.remove",
                        json_pack("{s:s, s:s}", "conversation", text_of(room, "id"), "member", id)),
            "Removed from");
    }
    json_decref(room);
    return code;
}

static exit_code leave(client *agent, char **args, int n)
{
    json_t *room = NULL;
    (void)n;
    exit_code code = who_conversation(agent, args[0], WHO_GROUP, &room);
    if (code == EXIT_GOOD) {
        code = done(agent,
                    client_call(agent, "conversation.leave",
                                json_pack("{s:s}", "conversation", text_of(room, "id"))),
                    "Leaving");
    }
    json_decref(room);
    return code;
}

static exit_code list_members(client *agent, char **args, int n)
{
    size_t i = 0;
    json_t *m = NULL;
    json_t *room = NULL;
    (void)n;
    exit_code code = who_conversation(agent, args[0], WHO_ANY, &room);
    if (code != EXIT_GOOD) {
        return code;
    }
    json_t *members = client_list(agent, "conversation.members", "members",
                                  json_pack("{s:s}", "conversation", text_of(room, "id")));
    const char *me = text_of(json_array_get(members, 0), "contact"); /* me first */
    json_array_foreach(members, i, m)
    {
        if (agent->cli->json) {
            client_print(m);
        } else {
            show_member(stdout, m, me);
        }
    }
    code = members == NULL ? client_fail(agent) : EXIT_GOOD;
    json_decref(members);
    json_decref(room);
    return code;
}

static int run(int argc, char **argv, const cli_command *self)
{
    static const struct {
        const char *name;
        int min, max; /* arguments after the verb */
        group_verb verb;
    } verbs[] = {
        {"create", 1, MEMBERS_MAX + 1, create}, {"add", 2, MEMBERS_MAX + 1, add},
        {"remove", 2, 2, remove_one},           {"leave", 1, 1, leave},
        {"members", 1, 1, list_members},
    };
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    cli_line line = {self, argc, argv, 2, -1, NULL, 0};
    cli_result r = cli_read(&c, &line); /* before an agent is started for nothing */
    if (r != CLI_GO) {
        return r == CLI_DONE ? EXIT_GOOD : EXIT_USAGE;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(c.args[0], verbs[i].name) != 0) {
            continue;
        }
        if (c.args_n - 1 < verbs[i].min || c.args_n - 1 > verbs[i].max) {
            break;
        }
        code = client_open(&agent, &c, true);
        if (code == EXIT_GOOD) {
            code = verbs[i].verb(&agent, c.args + 1, c.args_n - 1);
        }
        client_close(&agent);
        return code;
    }
    cli_say("group: that is not how it is used. Try: sotto group --help");
    return EXIT_USAGE;
}

const cli_command cmd_group = {"group", "groups: create, add, remove, leave, members", usage, run};
