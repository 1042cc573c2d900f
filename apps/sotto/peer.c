/* Clients of the API; see the header. */
#include "peer.h"

#include "agent.h"
#include "base/ct.h"

bool peer_join(agent *a, peer *p, const peer_transport *transport, bool is_page)
{
    if (a->peers_n == AGENT_PEERS_MAX) {
        return false;
    }
    p->agent = a;
    p->transport = transport;
    p->number = ++a->next_peer;
    p->is_page = is_page;
    a->peers[a->peers_n++] = p;
    return true;
}

void peer_part(peer *p)
{
    agent *a = p->agent;
    for (size_t i = 0; i < a->peers_n; i++) {
        if (a->peers[i] == p) {
            a->peers[i] = a->peers[--a->peers_n];
            break;
        }
    }
    base_wipe(p->session, sizeof p->session);
}

peer *peer_find(agent *a, uint32_t number)
{
    for (size_t i = 0; i < a->peers_n; i++) {
        if (a->peers[i]->number == number) {
            return a->peers[i];
        }
    }
    return NULL;
}

void peer_leave(peer *p, unsigned code)
{
    if (!p->is_leaving) {
        p->is_leaving = true;
        p->is_open = false;
        p->transport->close(p, code);
    }
}
