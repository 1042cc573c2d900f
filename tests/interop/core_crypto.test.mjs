/* libmls and OpenMLS (core-crypto 10.3.0) in one group, and where that departs from RFC 9420 or from what
 * libmls offers: each departure is a case, which fails when a version no longer has it. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { Chance } from '../e2e/lib/chance.mjs';
import { Cc, identity } from './lib/cc.mjs';
import { Ours, hex } from './lib/ours.mjs';
import { Post } from './lib/post.mjs';
import { seed, startPeer, steps, suiteName, suites } from './lib/world.mjs';

const peer = startPeer();
let born = 1 << 20;

/* Two in a group that a core-crypto client founded; libmls' handshakes are public or not. */
async function pair(suite, { isPublic = true, name = identity(++born) } = {}) {
    const world = { peer, suite };
    const alice = new Cc(world, identity(++born));
    const bob = new Ours(world, name, { isPublic });
    await alice.create(`pair ${born}`);
    const { welcome } = await alice.commit({ values: [{ proposal_type: 'add', key_package: await bob.keyPackage() }] });
    await alice.accept();
    await bob.join(welcome);
    return { alice, bob };
}

for (const suite of suites) {
    test(`${suiteName(suite)}: ${steps} steps among clients that only the post connects, seed ${seed}`, async () => {
        const post = new Post({ peer, suite }, new Chance(seed));
        try {
            await post.run(steps);
        } finally {
            console.log(`# ${suiteName(suite)}, seed ${seed}: ${JSON.stringify(post.count)}`);
        }
    });

    test(`${suiteName(suite)}: a member that core-crypto removes knows it, and reads no more`, async () => {
        const { alice, bob } = await pair(suite);
        const { commit } = await alice.commit({ values: [{ proposal_type: 'remove', removed_id: hex(bob.name) }] });
        await alice.accept();
        await bob.receiveCommit(commit);
        assert.equal(bob.active, false);
        await assert.rejects(bob.unprotect(await alice.protect('without Bob')));
    });

    test(`${suiteName(suite)}: departure: core-crypto takes no commit that is a PrivateMessage`, async () => {
        const { alice, bob } = await pair(suite, { isPublic: false });
        const { commit } = await bob.commit();
        await assert.rejects(alice.receiveCommit(commit));
    });

    test(`${suiteName(suite)}: departure: core-crypto reads only members whose names are of its form`, async () => {
        const { alice, bob } = await pair(suite, { name: 'bob' });
        assert.equal((await bob.unprotect(await alice.protect('to Bob'))).text, 'to Bob');
        await assert.rejects(alice.unprotect(await bob.protect('from Bob')));
    });

    test(`${suiteName(suite)}: departure: core-crypto keeps keys of few messages that it skipped`, async () => {
        const { alice, bob } = await pair(suite);
        const sent = [];
        for (let i = 0; i < 6; i++) {
            sent.push(await bob.protect(`message ${i}`));
        }
        assert.equal((await alice.unprotect(sent[5])).text, 'message 5');
        await assert.rejects(alice.unprotect(sent[0]));
        const back = [];
        for (let i = 0; i < 6; i++) {
            back.push(await alice.protect(`message ${i}`));
        }
        for (const i of [5, 0, 3, 1, 4, 2]) {
            assert.equal((await bob.unprotect(back[i])).text, `message ${i}`);
        }
    });
}
