/* libmls and ts-mls in one group, one matter a case; the peer that leads is one, then the other. */
import test from 'node:test';
import assert from 'node:assert/strict';
import {
    branchGroup, ciphersuites, defaultCapabilities, generateKeyPackageWithKey, joinGroupFromBranch, joinGroupFromReinit,
    reinitCreateNewGroup, reinitGroup,
} from 'ts-mls';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { Conversation } from './lib/conversation.mjs';
import { Ours, hex } from './lib/ours.mjs';
import { Ts, bytes, decode, encode, suiteImpl, toHex } from './lib/ts.mjs';
import { startPeer, suiteName, suites } from './lib/world.mjs';

const peer = startPeer();
const PAIRS = [[Ours, Ts], [Ts, Ours]];
const called = { Ours: 'libmls', Ts: 'ts-mls' };

/* Alice is of the kind that leads, Bob of the other; Alice's handshakes are private, Bob's public. */
async function pair(world, A, B, id) {
    const alice = new A(world, 'alice');
    const bob = new B(world, 'bob', { isPublic: true });
    const c = await Conversation.of(alice, id);
    await c.add(alice, [bob]);
    return { alice, bob, c };
}

async function joins(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'joins');
    await c.talk();
    const [carol, dave] = [new A(world, 'carol'), new B(world, 'dave')];
    await c.add(bob, [carol, dave], { beside: true }); /* the tree is not in the Welcome */
    await c.talk();
    await c.add(alice, [new B(world, 'erin')], { forcePath: false });
    await c.talk();
}

async function fromOutside(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'from outside');
    await c.enter(new A(world, 'carol'), bob);
    await c.enter(new B(world, 'dave'), alice, { beside: true });
    await c.talk();
}

async function resyncs(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'resync');
    await c.enter(new A(world, 'carol'), bob);
    const again = new B(world, 'bob');
    again.package = bob.package;
    await c.enter(again, alice, { resync: true });
    assert.equal(c.members.length, 3);
    await c.talk();
}

async function updates(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'updates');
    for (let i = 0; i < 3; i++) {
        await c.commit(alice);
        await c.commit(bob);
    }
    await c.talk();
}

async function removals(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'removals');
    const [carol, dave] = [new A(world, 'carol'), new B(world, 'dave')];
    await c.add(alice, [carol, dave]);
    await c.remove(alice, ['dave']);
    const after = await alice.protect('without Dave');
    await assert.rejects(dave.unprotect(after), 'Dave reads what came after');
    await c.say(bob, 'Carol is still here');
    await c.remove(bob, ['carol', 'alice']);
    assert.deepEqual(c.members, [bob]);
    for (const out of [carol, alice]) {
        await assert.rejects(out.protect('I am out'), `${out.name} speaks`);
        await assert.rejects(out.commit(), `${out.name} commits`);
    }
}

async function byReference(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'by reference');
    const [carol, dave, erin] = [new A(world, 'carol'), new B(world, 'dave'), new B(world, 'erin')];
    await c.add(alice, [carol, dave]);
    await c.propose(await bob.proposeUpdate(), bob);
    await c.propose(await carol.proposeUpdate(), carol);
    await c.commit(alice);
    await c.talk();
    await c.propose(await alice.proposeRemove('carol'), alice);
    await c.propose(await dave.proposeAdd(await erin.keyPackage()), dave);
    await c.propose(await alice.proposeUpdate(), alice);
    await c.commit(bob, { removed: ['carol'], joiners: [erin] });
    await c.talk();
    await c.propose(await erin.proposeRemove('erin'), erin); /* she leaves */
    await c.commit(dave, { removed: ['erin'] });
    await c.talk();
}

async function waitingProposals(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'waiting');
    await c.propose(await bob.proposeUpdate(), bob);
    await assert.rejects(bob.protect('before the commit'), 'a message goes out before the commit');
    await c.commit(alice);
    await c.talk();
}

async function presharedKeys(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'keys');
    const carol = new B(world, 'carol');
    const value = (id) => ({ proposal_type: 'externalPSK', psk_id: id });
    for (const m of c.members) {
        await m.putPsk('0102', '11'.repeat(32));
        await m.putPsk('03', '2222');
    }
    await c.commit(alice, { values: [value('0102'), value('03')] });
    await c.propose(await alice.proposePsk('03'), alice);
    await c.commit(bob);
    await c.commit(alice, { values: [{ proposal_type: 'resumptionPSK', epoch_id: c.epoch - 1 }] });
    await c.propose(await bob.proposeResumption(c.epoch), bob);
    await c.commit(bob, { values: [value('0102')] });
    const kp = { proposal_type: 'add', key_package: await carol.keyPackage() };
    await carol.putPsk('03', '2222');
    await c.commit(alice, { values: [kp, value('03')], joiners: [carol] });
    await c.talk();
    await bob.putPsk('04', '33');
    await alice.putPsk('04', '34');
    const made = await alice.commit({ values: [value('04')] });
    await assert.rejects(bob.receiveCommit(made.commit), 'a wrong key is taken');
}

async function ownAdd(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'own add');
    const [carol, dave] = [new A(world, 'carol'), new B(world, 'dave')];
    await c.propose(await carol.proposeSelf((await bob.groupInfo()).info));
    await c.commit(bob, { joiners: [carol] });
    await c.propose(await dave.proposeSelf((await alice.groupInfo()).info));
    await c.commit(alice, { joiners: [dave] });
    await c.talk();
}

async function exporters(world, A, B) {
    const { alice, bob } = await pair(world, A, B, 'exporters');
    const nh = { 4: 64, 5: 64, 6: 64, 7: 48, 84: 64 }[world.suite] ?? 32;
    const cases = [['', '', 1], ['a label', '', 16], ['ü', 'c', nh], ['x'.repeat(100), 'y'.repeat(1000), 255 * nh]];
    for (const [label, context, n] of cases) {
        const got = await alice.export(label, context, n);
        assert.equal(got.length, 2 * n);
        assert.equal(got, await bob.export(label, context, n));
        if (n >= 16) { /* of few bytes two may be alike */
            assert.notEqual(got, await bob.export(`${label}.`, context, n));
            assert.notEqual(got, await bob.export(label, `${context}.`, n));
        }
    }
    await assert.rejects(alice.export('too long', '', 255 * nh + 1));
    await assert.rejects(bob.export('too long', '', 255 * nh + 1));
}

async function orders(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'orders');
    const texts = ['', 'a', 'b'.repeat(255), 'c'.repeat(256), 'd'.repeat(70000), 'e'];
    for (const [from, to] of [[alice, bob], [bob, alice]]) {
        const sent = [];
        for (const text of texts) {
            sent.push({ text, message: await from.protect(text, 'seen by all') });
        }
        for (const s of sent.reverse()) {
            assert.deepEqual(await to.unprotect(s.message), { text: s.text, aad: 'seen by all' });
            await assert.rejects(to.unprotect(s.message), 'a message is read twice');
        }
    }
    const late = await alice.protect('late');
    await c.commit(bob);
    if (alice.kind === 'ts') { /* libmls keeps no key of an epoch that is over */
        await assert.rejects(bob.unprotect(late), /MLS_E_EPOCH_PAST/);
    }
}

async function damage(world, A, B) {
    const { alice, bob, c } = await pair(world, A, B, 'damage');
    for (const from of [alice, bob]) {
        const [to] = c.others(from);
        const message = await from.protect('a text');
        const made = await from.commit();
        for (const good of [message, made.commit]) {
            for (let at = 0; at < good.length / 2; at += 7) {
                const bad = Buffer.from(good, 'hex');
                bad[at] ^= 0x11;
                await assert.rejects(to.unprotect(bad.toString('hex')));
                await assert.rejects(to.receiveCommit(bad.toString('hex')));
            }
            await assert.rejects(to.receiveCommit(good.slice(0, -2)), 'a message without its end is taken');
        }
        assert.equal((await to.unprotect(message)).text, 'a text');
        await to.receiveCommit(made.commit);
        await from.accept();
        await c.check();
    }
}

/* The same signature key may come in by the commit that puts it out (section 12.2). */
async function replacement(world) {
    const { bob: ours, c } = await pair(world, Ts, Ours, 'replacement');
    const [carol, dave] = [new Ts(world, 'carol'), new Ours(world, 'dave')];
    await c.add(ours, [carol, dave]);
    const again = new Ts(world, 'carol');
    const now = BigInt(Math.floor(Date.now() / 1000));
    const { publicPackage: { leafNode }, privatePackage } = carol.package;
    again.package = await generateKeyPackageWithKey(
        leafNode.credential, defaultCapabilities(), { notBefore: now - 60n, notAfter: now + 6000n }, [],
        { signKey: privatePackage.signaturePrivateKey, publicKey: leafNode.signaturePublicKey }, world.cs,
    );
    const package_ = encode({ wireformat: 'mls_key_package', keyPackage: again.package.publicPackage });
    const add = { proposal_type: 'add', key_package: package_ };
    assert.equal(await peer.refused('Commit', { state_id: ours.state, by_value: [add] }), 'MLS_E_KEY_REUSE');
    const remove = { proposal_type: 'remove', removed_id: hex('carol') };
    await c.commit(ours, { values: [remove, add], removed: ['carol'], joiners: [again] });
    await c.talk();
}

/* ---- groups that follow others ---- */

const nextSuite = (suite) => (suite === 1 ? 3 : 1);
const nameOf = (suite) => Object.keys(ciphersuites).find((n) => ciphersuites[n] === suite);

async function follows(next, alice, bob) {
    const [a, b] = [new Ours(next, 'x'), new Ts(next, 'y')];
    [a, b][alice.kind === 'ts' ? 1 : 0].name = 'alice';
    [a, b][bob.kind === 'ts' ? 1 : 0].name = 'bob';
    return { a, b };
}

async function reinitLedByTs(world) {
    const { alice, bob } = await pair(world, Ts, Ours, 'ended by ts-mls');
    const suite = nextSuite(world.suite);
    const next = { peer, suite, cs: await suiteImpl(suite) };
    const newId = bytes(hex('after'));
    const ended = await reinitGroup(alice.state, newId, 'mls10', nameOf(suite), [], alice.cs);
    const handled = await peer.ask('HandleReInitCommit', { state_id: bob.state, commit: encode(ended.commit) });
    const { a: ours, b: ts } = await follows(next, alice, bob);
    await ts.makeKeyPackage();
    const made = await reinitCreateNewGroup(
        ended.newState, ts.package.publicPackage, ts.package.privatePackage,
        [decode(handled.key_package).keyPackage], newId, nameOf(suite), [],
    );
    ts.enter(made.newState);
    ours.enter(await peer.ask('HandleReInitWelcome', {
        reinit_id: handled.reinit_id,
        welcome: encode({ wireformat: 'mls_welcome', welcome: made.welcome }),
        ratchet_tree: toHex(encodeRatchetTree(made.newState.ratchetTree)),
    }));
    return [ts, ours];
}

async function reinitLedByOurs(world) {
    const { alice, bob } = await pair(world, Ours, Ts, 'ended by libmls');
    const suite = nextSuite(world.suite);
    const next = { peer, suite, cs: await suiteImpl(suite) };
    const proposal = await alice.proposal('ReInitProposal', { cipher_suite: suite, group_id: hex('after') });
    const { commit } = await peer.ask('ReInitCommit', { state_id: alice.state, by_reference: [proposal] });
    await bob.heard(proposal);
    const ended = await bob.process(bob.state, commit);
    assert.equal(ended.groupActiveState.kind, 'suspendedPendingReinit');
    const handled = await peer.ask('HandlePendingReInitCommit', { state_id: alice.state });
    await assert.rejects(alice.protect('after the end'), /MLS_E_REMOVED/);
    const { a: ours, b: ts } = await follows(next, alice, bob);
    const made = await peer.ask('ReInitWelcome', {
        reinit_id: handled.reinit_id, key_package: [await ts.keyPackage()], external_tree: true,
    });
    ours.enter(made);
    ts.enter(await joinGroupFromReinit(
        ended, decode(made.welcome).welcome, ts.package.publicPackage, ts.package.privatePackage,
        decodeRatchetTree(bytes(made.ratchet_tree), 0)[0],
    ));
    return [ours, ts];
}

async function branchByTs(world) {
    const { alice, bob, c } = await pair(world, Ts, Ours, 'branched by ts-mls');
    await c.add(alice, [new Ours(world, 'carol')]);
    const { a: ours, b: ts } = await follows(world, alice, bob);
    await ts.makeKeyPackage();
    const package_ = decode(await ours.keyPackage()).keyPackage;
    const made = await branchGroup(
        alice.state, ts.package.publicPackage, ts.package.privatePackage, [package_], bytes(hex('branch')), world.cs,
    );
    ts.enter(made.newState);
    ours.enter(await peer.ask('HandleBranch', {
        state_id: bob.state,
        transaction_id: ours.joiner,
        welcome: encode({ wireformat: 'mls_welcome', welcome: made.welcome }),
        ratchet_tree: toHex(encodeRatchetTree(made.newState.ratchetTree)),
    }));
    return [ts, ours];
}

async function branchByOurs(world) {
    const { alice, bob, c } = await pair(world, Ours, Ts, 'branched by libmls');
    await c.add(alice, [new Ts(world, 'carol')]);
    const { a: ours, b: ts } = await follows(world, alice, bob);
    const made = await peer.ask('CreateBranch', {
        state_id: alice.state, group_id: hex('branch'), key_packages: [await ts.keyPackage()], external_tree: true,
    });
    ours.enter(made);
    ts.enter(await joinGroupFromBranch(
        bob.state, decode(made.welcome).welcome, ts.package.publicPackage, ts.package.privatePackage,
        decodeRatchetTree(bytes(made.ratchet_tree), 0)[0], world.cs,
    ));
    return [ours, ts];
}

async function successor(members) {
    const c = new Conversation();
    c.members = members;
    c.epoch = 1;
    await c.check();
    await c.talk();
    await c.commit(members[0]);
    await c.commit(members[1]);
    await c.talk();
}

/* ---- the list ---- */

const matters = {
    'joins by Welcome, with the tree in it and beside it': joins,
    'joins by external commits': fromOutside,
    'a member that comes back by an external commit': resyncs,
    'updates by commits, in PublicMessage and PrivateMessage': updates,
    'removals, by and of either': removals,
    'proposals by reference: Add, Update, Remove': byReference,
    'no message goes out while proposals wait': waitingProposals,
    'external and resumption PSKs': presharedKeys,
    'an Add that the joiner proposes itself': ownAdd,
    'exporters of all lengths': exporters,
    'messages of all sizes, in any order, once': orders,
    'damaged messages are refused, and the good ones taken after them': damage,
};

for (const suite of suites) {
    const world = { peer, suite, cs: await suiteImpl(suite) };
    for (const [name, run] of Object.entries(matters)) {
        for (const [A, B] of PAIRS) {
            test(`${suiteName(suite)}: ${name}; ${called[A.name]} leads`, () => run(world, A, B));
        }
    }
    test(`${suiteName(suite)}: a client goes and comes in one commit, with its key`, () => replacement(world));
    const successors = {
        'a group reinitialised by ts-mls': reinitLedByTs,
        'a group reinitialised by libmls': reinitLedByOurs,
        'a branch made by ts-mls': branchByTs,
        'a branch made by libmls': branchByOurs,
    };
    for (const [name, run] of Object.entries(successors)) {
        test(`${suiteName(suite)}: ${name}`, async () => successor(await run(world)));
    }
}
