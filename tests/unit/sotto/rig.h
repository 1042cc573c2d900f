/* What the tests of the client's parts share: primitives over the real backend with a test's
 * randomness, and a device list that is right, to be broken one field at a time. */
#ifndef UNIT_SOTTO_RIG_H
#define UNIT_SOTTO_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/crypto_default.h"
#include "sotto/device_list.h"
#include "support/fake_random.h"

#define OK(call) assert_int_equal((call), BASE_OK)

typedef struct rig {
    fake_random random;
    sotto_prims p;
    base_secret identity_seed;
    base_secret recovery_seed;
    uint8_t identity_key[32];
    uint8_t recovery_key[32];
    sotto_device_list list; /* version 1, one device, not encoded yet */
} rig;

static const uint8_t rig_zeros[32] = {0};
static const uint8_t rig_device_id[SOTTO_DEVICE_ID_SIZE] = {1, 2, 3};
static const uint8_t rig_device_key[32] = {9, 9, 9};

static inline void rig_begin(rig *r)
{
    memset(r, 0, sizeof *r);
    r->random = fake_random_of(42);
    OK(sotto_prims_init(crypto_default(), fake_random_port(&r->random), NULL, &r->p));
    OK(sotto_sign_new(&r->p, &r->identity_seed, r->identity_key));
    OK(sotto_sign_new(&r->p, &r->recovery_seed, r->recovery_key));
    r->list.identity_key = base_bytes_of(r->identity_key, 32);
    r->list.recovery_key = base_bytes_of(r->recovery_key, 32);
    r->list.version = 1;
    r->list.previous = base_bytes_of(rig_zeros, 32);
    r->list.n_devices = 1;
    r->list.devices[0] =
        (sotto_device){base_bytes_of(rig_device_id, sizeof rig_device_id),
                       base_bytes_of(rig_device_key, sizeof rig_device_key), 20000, true};
}

static inline void rig_end(rig *r)
{
    base_secret_clear(&r->identity_seed);
    base_secret_clear(&r->recovery_seed);
}

#endif
