/* mls-peer alone: each request of the interface among its own clients, and what it does with bad
 * input. That its answers are right is also what the tests with ts-mls show. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Conversation } from './lib/conversation.mjs';
import { Ours, hex } from './lib/ours.mjs';
import { Peer } from './lib/peer.mjs';
import { program, startPeer } from './lib/world.mjs';

const peer = startPeer();
const ask = (op, fields) => peer.ask(op, fields);
const refused = (op, fields) => peer.refused(op, fields);
const text = (hexText) => Buffer.from(hexText, 'hex').toString();
const { ciphersuites } = await ask('SupportedCiphersuites');

const rest = ['alice', 'bob', 'carol', 'dave'];

async function group(suite = 1, n = 3, options = {}) {
    const world = { peer, suite };
    const members = rest.slice(0, n).map((name) => new Ours(world, name, options));
    const c = await Conversation.of(members[0], 'the group');
    if (n > 1) {
        await c.add(members[0], members.slice(1));
    }
    return { world, c, members };
}

test('it says its name and the suites that it can run', async () => {
    assert.match((await ask('Name')).name, /^Sotto libmls \d+\.\d+\.\d+$/);
    assert.deepEqual(ciphersuites.filter((s) => s < 16), [1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(ciphersuites.filter((s) => s >= 16).slice(0, 4), [0x4d, 84, 0xf001, 0xf002]);
    assert.equal(await refused('CreateKeyPackage', { cipher_suite: 8, identity: '00' }), 'CRYPTO_E_SUITE');
});

test('every request of the interface has an answer', async () => {
    const interfaceOps = [
        'Name', 'SupportedCiphersuites', 'CreateGroup', 'CreateKeyPackage', 'JoinGroup', 'ExternalJoin', 'GroupInfo',
        'StateAuth', 'Export', 'Protect', 'Unprotect', 'StorePSK', 'AddProposal', 'UpdateProposal', 'RemoveProposal',
        'ExternalPSKProposal', 'ResumptionPSKProposal', 'GroupContextExtensionsProposal', 'Commit', 'HandleCommit',
        'HandlePendingCommit', 'ReInitProposal', 'ReInitCommit', 'HandlePendingReInitCommit', 'HandleReInitCommit',
        'ReInitWelcome', 'HandleReInitWelcome', 'CreateBranch', 'HandleBranch', 'NewMemberAddProposal',
        'CreateExternalSigner', 'AddExternalSigner', 'ExternalSignerProposal', 'Free',
    ];
    for (const op of interfaceOps) {
        const answer = JSON.parse(await peer.line(JSON.stringify({ op })));
        assert.notEqual(answer.error?.code, 'OP', op);
    }
    assert.equal(await refused('CreateCake'), 'OP');
});

for (const suite of ciphersuites) {
    test(`suite ${suite}: a group, its messages, commits and joins`, async () => {
        const { world, c, members: [alice, bob, carol] } = await group(suite);
        await c.talk();
        await c.commit(bob);
        await c.enter(new Ours(world, 'erin'), carol, { beside: true });
        await c.enter(new Ours(world, 'bob'), alice, { resync: true });
        await c.remove(alice, ['carol']);
        await assert.rejects(carol.protect('I am out'), /MLS_E_REMOVED/);
        await c.talk();
    });
}

test('a key package comes with what libmls gives of its private keys', async () => {
    const made = await ask('CreateKeyPackage', { cipher_suite: 1, identity: hex('x') });
    assert.deepEqual(Object.keys(made).sort(), ['key_package', 'signature_priv', 'transaction_id']);
    assert.equal(made.signature_priv.length, 64);
});

test('the tree is in the Welcome, or beside it', async () => {
    const { members: [alice] } = await group(1, 1);
    for (const external_tree of [false, true]) {
        const bob = await ask('CreateKeyPackage', { cipher_suite: 1, identity: hex(`bob ${external_tree}`) });
        const made = await ask('Commit', {
            state_id: alice.state, external_tree, by_value: [{ proposal_type: 'add', key_package: bob.key_package }],
        });
        await alice.accept();
        const join = { transaction_id: bob.transaction_id, welcome: made.welcome };
        assert.equal(made.ratchet_tree === '', !external_tree);
        if (external_tree) {
            assert.equal(await refused('JoinGroup', join), 'MLS_E_TREE_MISSING');
        }
        const joined = await ask('JoinGroup', { ...join, ratchet_tree: made.ratchet_tree });
        assert.equal(joined.epoch_authenticator, await alice.authenticator());
        assert.equal(await refused('JoinGroup', { ...join, ratchet_tree: made.ratchet_tree }), 'ID');
    }
});

test('an identity that the key package does not have is refused at the join', async () => {
    const { members: [alice] } = await group(1, 1);
    const bob = await ask('CreateKeyPackage', { cipher_suite: 1, identity: hex('bob') });
    const { welcome } = await ask('Commit', {
        state_id: alice.state, by_value: [{ proposal_type: 'add', key_package: bob.key_package }],
    });
    const join = { transaction_id: bob.transaction_id, welcome };
    assert.equal(await refused('JoinGroup', { ...join, identity: hex('eve') }), 'FIELD');
    await ask('JoinGroup', { ...join, identity: hex('bob') });
});

test('proposal types are text, or hexadecimal as all bytes are', async () => {
    const { c, members: [alice] } = await group(1, 3);
    const value = { proposal_type: hex('remove'), removed_id: hex('carol') };
    await c.commit(alice, { values: [value], removed: ['carol'] });
    assert.equal(await refused('Commit', { state_id: alice.state, by_value: [{ proposal_type: 'sack' }] }), 'FIELD');
    assert.equal(await refused('Commit', { state_id: alice.state, by_value: [{}] }), 'FIELD');
});

test('the handshakes of a state are private or public, as it was asked', async () => {
    for (const isPublic of [false, true]) {
        const { members: [alice] } = await group(1, 2, { isPublic });
        for (const message of [await alice.proposeUpdate(), (await alice.commit()).commit]) {
            assert.equal(message.slice(4, 8), isPublic ? '0001' : '0002');
        }
        const outside = new Ours({ peer, suite: 1 }, 'erin', { isPublic });
        const commit = await outside.joinExternal((await alice.groupInfo()).info);
        assert.equal(commit.slice(4, 8), '0001');
        assert.equal((await outside.commit()).commit.slice(4, 8), isPublic ? '0001' : '0002');
    }
});

test('a path is made when it is asked for, or needed', async () => {
    const { world, members: [alice] } = await group(1, 3);
    const add = [{ proposal_type: 'add', key_package: await new Ours(world, 'erin').keyPackage() }];
    const size = async (by_value, force_path) =>
        (await ask('Commit', { state_id: alice.state, by_value, force_path })).commit.length;
    assert.ok(await size(add, true) > await size(add, false) + 400);
    const remove = [{ proposal_type: 'remove', removed_id: hex('bob') }];
    assert.ok(Math.abs(await size(remove, true) - await size(remove, false)) < 100);
});

test('a commit is pending until it is handled, and the newest one counts', async () => {
    const { c, members: [alice, bob, carol] } = await group();
    assert.equal(await refused('HandlePendingCommit', { state_id: alice.state }), 'PENDING');
    const before = await alice.authenticator();
    const first = await alice.commit();
    const second = await alice.commit();
    assert.equal(await alice.authenticator(), before);
    await alice.accept();
    assert.equal(await refused('HandlePendingCommit', { state_id: alice.state }), 'PENDING');
    await bob.receiveCommit(second.commit);
    await carol.receiveCommit(first.commit);
    assert.equal(await bob.authenticator(), await alice.authenticator());
    assert.notEqual(await carol.authenticator(), await alice.authenticator());
    c.members = [alice, bob];
    await bob.commit();
    await c.commit(alice);
    assert.equal(await refused('HandlePendingCommit', { state_id: bob.state }), 'PENDING');
});

test('proposals go in as the request lists them', async () => {
    const { c, members: [alice, bob, carol] } = await group(1, 4);
    const update = await bob.proposeUpdate();
    const remove = await carol.proposeRemove('dave');
    c.proposals = [update];
    await c.commit(alice); /* Carol's is not listed */
    c.proposals = [await alice.proposeRemove('dave')];
    const own = await alice.proposeExtensions([]);
    assert.equal(await refused('Commit', { state_id: alice.state, by_reference: c.proposals }), 'UNSUPPORTED');
    await ask('Commit', { state_id: alice.state }); /* an empty list leaves all of them out */
    c.proposals.push(own);
    await c.commit(alice, { removed: ['dave'] });
    assert.equal(await refused('Commit', { state_id: alice.state, by_reference: [remove] }), 'MLS_E_EPOCH_PAST');
});

test('what is no proposal or no commit is told', async () => {
    const { members: [alice, bob] } = await group();
    const message = await bob.protect('a message');
    const update = await bob.proposeUpdate();
    assert.equal(await refused('Commit', { state_id: alice.state, by_reference: [message] }), 'KIND');
    assert.equal(await refused('HandleCommit', { state_id: alice.state, commit: message }), 'KIND');
    assert.equal(await refused('HandleCommit', { state_id: alice.state, commit: update }), 'KIND');
    assert.equal(await refused('Unprotect', { state_id: alice.state, ciphertext: update }), 'KIND');
    assert.equal((await alice.unprotect(message)).text, 'a message');
});

test('a request that fails in its middle leaves nothing behind', async () => {
    const { c, members: [alice, bob, carol] } = await group();
    const update = await bob.proposeUpdate();
    const bad = await ask('GroupInfo', { state_id: bob.state });
    /* The first proposal is taken and its key used, before the second fails. */
    const lists = { state_id: alice.state, by_reference: [update, bad.group_info] };
    assert.equal(await refused('Commit', lists), 'MLS_E_WIRE_FORMAT');
    assert.equal(await refused('Commit', lists), 'MLS_E_WIRE_FORMAT');
    const lacking = { state_id: alice.state, by_reference: [update], by_value: [{ proposal_type: 'externalPSK', psk_id: '09' }] };
    assert.equal(await refused('Commit', lacking), 'MLS_E_PSK_MISSING');
    await alice.protect('no proposal waits');
    const made = await bob.commit();
    assert.equal(await refused('HandleCommit', { state_id: alice.state, commit: made.commit, proposal: [update, '00'] }), 'BASE_E_TRUNCATED');
    c.proposals = [update];
    await c.commit(carol);
    await c.talk();
});

test('PSKs are known to whom they were given', async () => {
    const { c, world, members: [alice, bob, carol] } = await group();
    const value = { proposal_type: 'externalPSK', psk_id: 'aa' };
    assert.equal(await refused('Commit', { state_id: alice.state, by_value: [value] }), 'MLS_E_PSK_MISSING');
    await alice.putPsk('aa', '01');
    const { commit } = await alice.commit({ values: [value] });
    assert.equal(await refused('HandleCommit', { state_id: bob.state, commit }), 'MLS_E_PSK_MISSING');
    await bob.putPsk('aa', '01');
    await carol.putPsk('aa', '02');
    assert.equal(await refused('HandleCommit', { state_id: carol.state, commit }), 'MLS_E_CONFIRMATION_TAG');
    await carol.putPsk('aa', '01');
    await carol.receiveCommit(commit);
    await bob.receiveCommit(commit);
    await alice.accept();
    await c.check();
    await c.propose(await bob.proposeResumption(1), bob);
    await c.propose(await carol.proposePsk('aa'), carol);
    await c.commit(alice);
    const dave = new Ours(world, 'dave');
    const kp = { proposal_type: 'add', key_package: await dave.keyPackage() };
    await dave.putPsk('aa', '01');
    await c.commit(alice, { values: [kp, value], joiners: [dave] });
    const { info } = await alice.groupInfo();
    const joined = await ask('ExternalJoin', {
        group_info: info, identity: hex('erin'), psks: [{ psk_id: 'aa', psk_secret: '01' }],
    });
    await bob.receiveCommit(joined.commit);
    assert.equal(await bob.authenticator(), joined.epoch_authenticator);
});

test('an Add that the joiner proposes itself', async () => {
    const { c, world, members: [alice, bob] } = await group();
    const erin = new Ours(world, 'erin');
    await c.propose(await erin.proposeSelf((await alice.groupInfo()).info));
    await c.commit(bob, { joiners: [erin] });
    await c.talk();
    assert.equal(await refused('NewMemberAddProposal', { group_info: await erin.keyPackage() }), 'KIND');
});

test('external signers propose what the group lets them', async () => {
    const { c, world, members: [alice, bob] } = await group(1, 4);
    const first = await ask('CreateExternalSigner', { cipher_suite: 1, identity: hex('first') });
    const second = await ask('CreateExternalSigner', { cipher_suite: 1, identity: hex('second') });
    for (const s of [first, second]) {
        await c.propose(await alice.proposal('AddExternalSigner', { external_sender: s.external_sender }), alice);
        await c.commit(alice);
    }
    const erin = new Ours(world, 'erin');
    const propose = async (signer, signer_index, description) => (await ask('ExternalSignerProposal', {
        signer_id: signer.signer_id, signer_index, description, ...named(await alice.groupInfo({ beside: true })),
    })).proposal;
    const named = ({ info, tree }) => ({ group_info: info, ratchet_tree: tree });
    await c.propose(await propose(second, 1, { proposal_type: 'add', key_package: await erin.keyPackage() }));
    await c.propose(await propose(first, 0, { proposal_type: 'remove', removed_id: hex('dave') }));
    await c.commit(bob, { joiners: [erin], removed: ['dave'] });
    await c.talk();
    const forged = await propose(first, 1, { proposal_type: 'remove', removed_id: hex('erin') });
    assert.equal(await refused('Commit', { state_id: bob.state, by_reference: [forged] }), 'CRYPTO_E_SIGNATURE');
    assert.equal(await refused('AddExternalSigner', { state_id: alice.state, external_sender: '0001' }), 'MLS_E_EXTENSION');
    const nobody = {
        signer_id: first.signer_id, signer_index: 0, ...named(await alice.groupInfo()),
        description: { proposal_type: 'remove', removed_id: hex('nobody') },
    };
    assert.equal(await refused('ExternalSignerProposal', nobody), 'MEMBER');
});

test('a group ends by ReInit, and goes on with another suite', async () => {
    const { members: [alice, bob, carol] } = await group(1, 3);
    const reinit = await alice.proposal('ReInitProposal', {
        cipher_suite: 3, group_id: hex('after'), extensions: [{ extension_type: 3, extension_data: '0000020001' }],
    });
    assert.equal(await refused('Commit', { state_id: bob.state, by_reference: [reinit] }), 'KIND');
    const { commit } = await ask('ReInitCommit', { state_id: bob.state, by_reference: [reinit] });
    assert.equal(await refused('HandlePendingCommit', { state_id: bob.state }), 'KIND');
    assert.equal(await refused('HandleCommit', { state_id: alice.state, commit }), 'KIND');
    const of = {};
    of.bob = await ask('HandlePendingReInitCommit', { state_id: bob.state });
    of.alice = await ask('HandleReInitCommit', { state_id: alice.state, commit });
    of.carol = await ask('HandleReInitCommit', { state_id: carol.state, commit, proposal: [reinit] });
    assert.equal(of.alice.epoch_authenticator, of.carol.epoch_authenticator);
    const one = { reinit_id: of.carol.reinit_id, key_package: [of.alice.key_package] };
    assert.equal(await refused('ReInitWelcome', one), 'MLS_E_REINIT'); /* Bob is not in it */
    const made = await ask('ReInitWelcome', { ...one, key_package: [of.alice.key_package, of.bob.key_package] });
    const states = [made.state_id];
    for (const who of [of.alice, of.bob]) {
        const joined = await ask('HandleReInitWelcome', { reinit_id: who.reinit_id, welcome: made.welcome });
        assert.equal(joined.epoch_authenticator, made.epoch_authenticator);
        states.push(joined.state_id);
    }
    const { ciphertext } = await ask('Protect', { state_id: states[0], plaintext: hex('on we go') });
    assert.equal(text((await ask('Unprotect', { state_id: states[2], ciphertext })).plaintext), 'on we go');
    assert.equal(await refused('Protect', { state_id: alice.state, plaintext: '00' }), 'MLS_E_REMOVED');
});

test('a branch has members of its group, and no others', async () => {
    const { world, members: [alice, bob] } = await group(1, 3);
    const erin = new Ours(world, 'erin');
    const key_packages = [await bob.keyPackage()];
    const fields = { state_id: alice.state, group_id: hex('branch'), external_tree: true };
    const strange = { ...fields, key_packages: [await erin.keyPackage()] };
    assert.equal(await refused('CreateBranch', strange), 'MLS_E_REINIT');
    const made = await ask('CreateBranch', { ...fields, key_packages });
    const join = { welcome: made.welcome, ratchet_tree: made.ratchet_tree, transaction_id: bob.joiner };
    assert.equal(await refused('JoinGroup', join), 'MLS_E_PSK_MISSING');
    const joined = await ask('HandleBranch', { ...join, state_id: bob.state });
    assert.equal(joined.epoch_authenticator, made.epoch_authenticator);
    assert.equal(await refused('HandleBranch', { ...join, state_id: bob.state }), 'ID');
});

test('a member is found by an identity that one member has', async () => {
    const { c, world, members: [alice] } = await group(1, 2);
    assert.equal(await refused('RemoveProposal', { state_id: alice.state, removed_id: hex('nobody') }), 'MEMBER');
    await c.add(alice, [new Ours(world, 'bob')]);
    assert.equal(await refused('RemoveProposal', { state_id: alice.state, removed_id: hex('bob') }), 'MEMBER');
});

test('what was freed is gone, and its number with it', async () => {
    const { members: [alice, bob] } = await group(1, 2);
    await ask('Free', { state_id: alice.state });
    assert.equal(await refused('StateAuth', { state_id: alice.state }), 'ID');
    assert.equal(await refused('Free', { state_id: alice.state }), 'ID');
    await bob.protect('still here');
    const kp = await ask('CreateKeyPackage', { cipher_suite: 1, identity: '00' });
    assert.ok(kp.transaction_id > bob.state);
    assert.equal(await refused('StateAuth', { state_id: kp.transaction_id }), 'ID');
    await ask('Free', { state_id: kp.transaction_id });
    assert.equal(await refused('StorePSK', { state_or_transaction_id: kp.transaction_id, psk_id: '00' }), 'ID');
});

test('bad lines are answered, and the next line is read', async () => {
    const code = async (line) => JSON.parse(await peer.line(line)).error?.code;
    const bad = [
        '', '{', 'null', '[]', '1', '"Name"', '{}', '{"op":1}', '{"op":"Name"} x', '{"op":"Name","op":"Name"}',
        '{"op":"na\\u0000me"}', '\u00ff', `${'['.repeat(5000)}${']'.repeat(5000)}`,
    ];
    for (const line of bad) {
        assert.match(await code(line), /^(JSON|OP|FIELD)$/, JSON.stringify(line.slice(0, 40)));
    }
    assert.equal(await code('{"op":"Name"}'), undefined);
});

test('bad fields are told by name', async () => {
    const { members: [alice] } = await group(1, 1);
    const why = async (op, fields) =>
        JSON.parse(await peer.line(JSON.stringify({ op, ...fields }))).error;
    const bad = [
        ['CreateGroup', { cipher_suite: -1 }, 'cipher_suite'], ['CreateGroup', { cipher_suite: 65536 }, 'cipher_suite'],
        ['CreateGroup', { cipher_suite: '1' }, 'cipher_suite'], ['CreateGroup', { cipher_suite: 1.5 }, 'cipher_suite'],
        ['CreateGroup', { group_id: 'xyz' }, 'group_id'], ['CreateGroup', { group_id: '0' }, 'group_id'],
        ['CreateGroup', { group_id: 7 }, 'group_id'], ['CreateGroup', { group_id: null }, 'group_id'],
        ['CreateGroup', { encrypt_handshake: 1 }, 'encrypt_handshake'], ['CreateGroup', { extra: 1 }, 'extra'],
        ['Commit', { by_reference: '00' }, 'by_reference'], ['Commit', { by_reference: [1] }, 'by_reference'],
        ['Commit', { by_value: {} }, 'by_value'], ['Commit', { by_value: [1] }, 'object'],
        ['Commit', { by_value: [{ proposal_type: 'add', kp: '' }] }, 'kp'], ['Export', { label: 1 }, 'label'],
        ['GroupContextExtensionsProposal', { extensions: [{ extension_type: 65536 }] }, 'extension_type'],
        ['GroupContextExtensionsProposal', { extensions: [{ a: 1 }] }, 'a'],
        ['ResumptionPSKProposal', { epoch_id: -1 }, 'epoch_id'],
    ];
    for (const [op, fields, name] of bad) {
        const error = await why(op, op === 'CreateGroup' ? fields : { state_id: alice.state, ...fields });
        assert.equal(error?.code, 'FIELD', `${op} ${JSON.stringify(fields)}`);
        assert.ok(error.text.includes(name), `${error.text} names ${name}`);
    }
    assert.equal((await why('StateAuth', { state_id: 0 })).code, 'ID');
    assert.equal((await why('StateAuth', {})).code, 'ID');
    assert.equal((await why('StateAuth', { state_id: 2 ** 32 })).code, 'FIELD');
});

test('messages that do not decode are refused, in every request that takes one', async () => {
    const { members: [alice] } = await group(1, 1);
    const kp = await ask('CreateKeyPackage', { cipher_suite: 1, identity: '00' });
    const state_id = alice.state;
    for (const junk of ['', '00', '0001', '00010001', '00010002ff', '00010003', '00010004', '00010005', 'ff'.repeat(999)]) {
        assert.match(await refused('JoinGroup', { transaction_id: kp.transaction_id, welcome: junk }), /^(BASE|MLS)_E_/);
        assert.match(await refused('Unprotect', { state_id, ciphertext: junk }), /^(BASE|MLS)_E_/);
        assert.match(await refused('HandleCommit', { state_id, commit: junk }), /^(BASE|MLS)_E_/);
        assert.match(await refused('AddProposal', { state_id, key_package: junk }), /^(BASE|MLS)_E_/);
        assert.match(await refused('ExternalJoin', { group_info: junk }), /^((BASE|MLS)_E_.*|KIND)$/);
        assert.match(await refused('NewMemberAddProposal', { group_info: junk }), /^((BASE|MLS)_E_.*|KIND)$/);
    }
    await alice.protect('all is as it was');
});

/* A process of its own, which ends with the case, however that ends. */
function another(t, env) {
    const other = new Peer(program, env);
    t.after(() => other.end());
    return other;
}

test('a line beyond the bound is refused, and the next one is read', async (t) => {
    const other = another(t);
    other.line('x'.repeat(32 << 20)).catch(() => {});
    const long = `{"op":"Name","a":"${'0'.repeat((64 << 20) + 1)}"}`;
    assert.equal(JSON.parse(await other.line(long)).error.code, 'LIMIT');
    assert.match((await other.ask('Name')).name, /libmls/);
    assert.equal(await other.end(), 0);
});

test('an end of the input in the middle of a line is an end', async (t) => {
    const other = another(t);
    const [first, cut] = [other.line('{"op":"Name"}'), other.line('{"op":', '')];
    assert.equal(await other.end(), 0);
    assert.match(JSON.parse(await first).name, /libmls/);
    assert.equal(JSON.parse(await cut).error.code, 'JSON');
});

test('the command line has help and a version, and nothing else', () => {
    const run = (...args) => spawnSync(program, args, { encoding: 'utf8', input: '' });
    assert.match(run('--help').stdout, /^usage: mls-peer/);
    assert.match(run('--version').stdout, /^mls-peer \d+\.\d+\.\d+$/m);
    const bad = run('FILE');
    assert.equal(bad.status, 2);
    assert.match(bad.stderr, /^usage/);
});

test('it holds no memory for what was freed or failed', async (t) => {
    /* A sanitizer keeps what was freed, to find who still uses it; not here. */
    const sanitizer = `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0`;
    const other = another(t, { ...process.env, ASAN_OPTIONS: sanitizer });
    const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${other.child.pid}/status`, 'utf8'))[1]);
    const round = async () => {
        const made = await other.ask('CreateGroup', { cipher_suite: 1, group_id: '00', identity: '00' });
        await other.ask('Commit', { state_id: made.state_id });
        await other.ask('HandlePendingCommit', { state_id: made.state_id });
        await other.refused('CreateKeyPackage', { cipher_suite: 9 });
        await other.ask('Free', { state_id: made.state_id });
    };
    for (let i = 0; i < 200; i++) {
        await round();
    }
    const before = rss();
    for (let i = 0; i < 2000; i++) {
        await round();
    }
    assert.ok(rss() < before + 2000, `${before} kB became ${rss()} kB`);
    assert.equal(await other.end(), 0);
});
