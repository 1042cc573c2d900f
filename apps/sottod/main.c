/* sottod, the relay: reads the command line and does the one thing it asks for. */
#include <stdio.h>

#include "adapters/relay_random_os.h"
#include "data.h"
#include "exhibit.h"
#include "options.h"
#include "serve.h"

/* What is done to a database while no relay uses it. */
static int treat(const options *o)
{
    data d = {.lock = -1};
    relay_random random = relay_random_os();
    bool scrub = o->verb == VERB_SCRUB;
    if (!data_open(o->data, false, &d)) {
        return 1;
    }
    base_err err = scrub ? log_sqlite_rewrite(d.store) : log_sqlite_renew(d.store, &random);
    if (err == BASE_E_STORE) {
        (void)fprintf(stderr, "sottod: %s: %s\n", o->data, log_sqlite_message(d.store));
    } else if (err != BASE_OK) {
        (void)fprintf(stderr, "sottod: %s: %s\n", o->data, base_err_text(err));
    } else {
        (void)puts(scrub ? "sottod: the database is written anew"
                         : "sottod: clients will look at their logs again");
    }
    data_close(&d);
    return err == BASE_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    options o;
    switch (options_read(argc, argv, &o)) {
    case OPTIONS_DONE:
        return fflush(stdout) == 0 ? 0 : 1;
    case OPTIONS_BAD:
        return 2;
    case OPTIONS_GO:
        break;
    }
    switch (o.verb) {
    case VERB_EXHIBIT:
        return exhibit_run(&o);
    case VERB_CHECK:
        return serve_check(&o);
    case VERB_RENEW:
    case VERB_SCRUB:
        return treat(&o);
    case VERB_RUN:
        break;
    }
    return serve_run(&o);
}
