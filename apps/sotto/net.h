/* The agent's connections to relays: one ws_client for each connection that the core asks for, its
 * descriptor in the loop, what the relay says handed to the core. Which relay, when, and what is
 * said there are the core's. What is decided here: where a connection may lead. A plain connection
 * or a private address is opened only to the relay that the person named with --relay; what a
 * stranger's link names must be public and under TLS. */
#ifndef APP_NET_H
#define APP_NET_H

#include <sotto/sotto.h>

#include "adapters/ws_client.h"
#include "loop.h"

typedef struct net net;

typedef struct net_config {
    loop *loop;
    sotto *core;
    const char *home_url; /* borrowed for net_new(): what the person named */
    const char *ca_file;  /* likewise; a certificate trusted for that relay, or NULL */
} net_config;

BASE_MUST_USE base_err net_new(const net_config *config, net **out);
/* NULL is allowed. */
void net_free(net *n);

/* CONNECT, SEND and CLOSE of the core. What fails is told to the core by net_report(). */
void net_command(net *n, const sotto_command *command);

/* Tell the core what ended since. True when there was something. */
bool net_report(net *n);

#endif
