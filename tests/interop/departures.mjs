/* Where ts-mls 1.6.4 departs from RFC 9420. Each case shows that libmls does as the RFC says, and
 * that ts-mls does not: when one fails at its second half, ts-mls has been mended, and lib/bridge.mjs
 * can lose what works around it. */
import test from 'node:test';
import assert from 'node:assert/strict';
import {
    acceptAll, createGroupInfoWithExternalPubAndRatchetTree, joinGroupExternal, makePskIndex, processMessage,
} from 'ts-mls';
import { Conversation, Unreadable } from './lib/conversation.mjs';
import { canRead, leftHalfStays } from './lib/bridge.mjs';
import { Ours, hex } from './lib/ours.mjs';
import { Ts, bytes, decode, encode, suiteImpl, toHex } from './lib/ts.mjs';
import { startPeer, suiteName, suites } from './lib/world.mjs';

const peer = startPeer();

/* What does not decode; by chance a bare key may look like a shorter one with a length in front. */
const REFUSES = /^(MLS_E_EXTENSION|BASE_E_(TRAILING|TRUNCATED|VARINT)|CRYPTO_E_KEY)$/;

async function among(world, ...kinds) {
    const [founder, ...rest] = kinds.map((Kind, i) => new Kind(world, `member ${i}`, { isPublic: i % 2 === 1 }));
    const c = await Conversation.of(founder, 'departures');
    await c.add(founder, rest);
    return { c, members: [founder, ...rest] };
}

const extension = (type, data) => ({ extension_type: type, extension_data: data });
const setExtensions = (...extensions) => [{ proposal_type: 'groupContextExtensions', extensions }];

async function externalPub(world) {
    const { c, members: [ours, ts] } = await among(world, Ours, Ts);
    const bare = await createGroupInfoWithExternalPubAndRatchetTree(ts.state, [], world.cs);
    const info = encode({ wireformat: 'mls_group_info', groupInfo: bare });
    const answer = await new Ours(world, 'carol').joinExternal(info).catch((error) => error.code);
    assert.match(answer, REFUSES, 'libmls takes the bare key');
    const read = decode((await ours.groupInfo()).info).groupInfo;
    const carol = new Ts(world, 'carol');
    const { publicPackage, privatePackage } = (await carol.makeKeyPackage(), carol.package);
    await assert.rejects(joinGroupExternal(read, publicPackage, privatePackage, false, world.cs), /Invalid (public key|key length|length of the key)/);
    await c.talk();
}

/* Eight members who all committed, one of them gone and another in its place: that leaf is unmerged
 * at its parents, until somebody below commits and makes some of them new. */
async function unmergedLeaves(world) {
    const { c, members } = await among(world, Ts, Ours, Ts, Ours, Ts, Ours, Ts);
    for (const m of members) {
        await c.commit(m);
    }
    await c.add(members[0], [new Ours(world, 'the eighth')], { forcePath: false });
    await c.commit(members[1]);
    assert.equal(canRead(bytes(await members[0].tree())), false);
    for (const by of [members[0], members[1]]) {
        await assert.rejects(c.enter(new Ts(world, 'late'), by), Unreadable);
        await c.enter(new Ours(world, `late by ${by.kind}`), by);
    }
    const { info } = await members[1].groupInfo();
    await assert.rejects(new Ts(world, 'late').joinExternal(info), /unmerged_leaves/);
    await c.talk();
}

async function externalSenders(world) {
    const { c, members: [ours, other, ts] } = await among(world, Ours, Ours, Ts);
    const signer = await peer.ask('CreateExternalSigner', { cipher_suite: world.suite, identity: hex('signer') });
    const bare = await peer.refused('Commit', {
        state_id: ours.state, by_value: setExtensions(extension(5, signer.external_sender)),
    });
    assert.match(bare, REFUSES, 'libmls takes one sender for a list of them');
    const proposal = await ours.proposal('AddExternalSigner', { external_sender: signer.external_sender });
    await ts.heard(proposal);
    const { commit } = await ours.commit({ proposals: [proposal] });
    await other.receiveCommit(commit, [proposal]);
    await assert.rejects(ts.receiveCommit(commit, [proposal]), /Offset beyond buffer|Data length exceeds|decode|undefined/);
    await ours.accept();
    c.members = [ours, other];
    await c.check();
    const { info } = await ours.groupInfo();
    const add = await peer.ask('ExternalSignerProposal', {
        signer_id: signer.signer_id, signer_index: 0, group_info: info,
        description: { proposal_type: 'remove', removed_id: hex(ts.name) },
    });
    c.proposals = [add.proposal];
    await c.commit(other);
    await c.talk();
}

async function extensionsWithoutPath(world) {
    const { c, members: [ours, ts] } = await among(world, Ours, Ts);
    const required = extension(3, '0000020001');
    const made = await ts.commit({ values: setExtensions(required) });
    await assert.rejects(ours.receiveCommit(made.commit), /MLS_E_PATH_MISSING/);
    await ts.drop();
    await c.commit(ours, { values: setExtensions(required), forcePath: false });
    await c.talk();
}

async function noExtensions(world) {
    const { c, members: [ours, other, ts] } = await among(world, Ours, Ours, Ts);
    await c.commit(ours, { values: setExtensions(extension(3, '0000020001')) });
    const { commit } = await ours.commit({ values: setExtensions() });
    await other.receiveCommit(commit);
    await ours.accept();
    assert.equal(await ours.authenticator(), await other.authenticator());
    await assert.rejects(ts.receiveCommit(commit));
}

async function privatePsk(world) {
    const { c, members: [ours, ts] } = await among(world, Ours, Ts);
    await ours.putPsk('07', '55');
    await ts.putPsk('07', '55');
    const made = await ours.commit({ values: [{ proposal_type: 'externalPSK', psk_id: '07' }] });
    const index = makePskIndex(ts.state, ts.psks);
    await assert.rejects(processMessage(decode(made.commit), ts.state, index, acceptAll, world.cs), /pskId/);
    await ts.receiveCommit(made.commit);
    await ours.accept();
    await c.check();
}

async function ownRemoval(world) {
    const { c, members: [ours, other, ts, last] } = await among(world, Ours, Ours, Ts, Ours);
    const again = new Ts(world, ts.name);
    again.package = ts.package;
    const commit = await again.joinExternal((await ours.groupInfo()).info, '', { resync: true });
    for (const m of [ours, other, last]) {
        await m.receiveCommit(commit);
    }
    await assert.rejects(ts.receiveCommit(commit), /No overlap between/);
    c.members = [ours, other, again, last];
    await c.check();
    const joiner = new Ours(world, 'in its place');
    const made = await ours.commit({
        values: [
            { proposal_type: 'remove', removed_id: hex(again.name) },
            { proposal_type: 'add', key_package: await joiner.keyPackage() },
        ],
    });
    await last.receiveCommit(made.commit);
    await assert.rejects(again.receiveCommit(made.commit), /No overlap between/);
}

/* Section 7.3: no other leaf has the encryption key. */
async function reusedKey(world) {
    const { c, members: [ours, ts, other] } = await among(world, Ours, Ts, Ts);
    const own = ts.cs;
    const publicKey = other.state.ratchetTree[2 * other.leaf].leaf.hpkePublicKey;
    ts.cs = { ...own, hpke: { ...own.hpke, exportPublicKey: async () => publicKey } };
    const message = await ts.proposeUpdate();
    ts.cs = own;
    await assert.rejects(ours.commit({ proposals: [message] }), /MLS_E_KEY_REUSE/);
    await other.heard(message);
    const made = await other.commit();
    await assert.rejects(ours.receiveCommit(made.commit, [message]), /MLS_E_KEY_REUSE/);
    await c.check();
}

/* Section 12.4.1: commit_secret follows the last node of the filtered direct path. The root is none
 * when the other half of the tree is empty. */
async function emptyHalf(world) {
    const { c, members } = await among(world, Ours, Ours, Ours, Ts);
    const [, , third, ts] = members;
    const names = members.slice(0, 2).map((m) => m.name);
    assert.equal(leftHalfStays(bytes(await third.tree()), names.slice(1)), true);
    assert.equal(leftHalfStays(bytes(await third.tree()), names), false);
    const values = names.map((n) => ({ proposal_type: 'remove', removed_id: hex(n) }));
    const byTs = await ts.commit({ values });
    await assert.rejects(third.receiveCommit(byTs.commit), /MLS_E_CONFIRMATION_TAG/);
    await ts.drop();
    const byOurs = await third.commit({ values });
    await assert.rejects(ts.receiveCommit(byOurs.commit), /confirmation tag/);
    await c.check();
}

/* Section 2.1.2: a length is in its shortest form. */
async function longLengths(world) {
    const { members: [ours] } = await among(world, Ours, Ts);
    const good = Buffer.from(await new Ts(world, 'x').keyPackage(), 'hex');
    const at = 8; /* the length of init_key, behind version, wire format, version and suite */
    const [size, length] = good[at] < 0x40 ? [1, good[at]] : [2, good.readUInt16BE(at) & 0x3fff];
    const long = Buffer.alloc(4);
    long.writeUInt32BE(0x80000000 + length);
    const bad = Buffer.concat([good.subarray(0, at), long, good.subarray(at + size)]).toString('hex');
    assert.equal(await peer.refused('AddProposal', { state_id: ours.state, key_package: bad }), 'BASE_E_VARINT');
    await ours.proposeAdd(good.toString('hex'));
    assert.equal(toHex(decode(bad).keyPackage.initKey), toHex(decode(good.toString('hex')).keyPackage.initKey));
}

const departures = {
    '12.4.3.2: external_pub is an HPKEPublicKey with its length; ts-mls holds the bare key': externalPub,
    '7.9.2: unmerged leaves need not be listed further up; ts-mls refuses such trees': unmergedLeaves,
    '12.1.8.1: external_senders is a vector; ts-mls reads one sender': externalSenders,
    '12.4: a commit of GroupContextExtensions has a path; ts-mls makes none': extensionsWithoutPath,
    '12.1.7: GroupContextExtensions replace all; an empty list changes nothing in ts-mls': noExtensions,
    '8.4: PSKs in a PrivateMessage; processMessage of ts-mls does not look them up': privatePsk,
    '12.4.2: whoever a commit removes is out; ts-mls does not see it when its leaf is taken again': ownRemoval,
    '7.3: no two leaves have one encryption key; ts-mls does not look': reusedKey,
    '12.4.1: commit_secret follows the last node of the filtered path; ts-mls goes on to a blank root': emptyHalf,
    '2.1.2: lengths are in their shortest form; ts-mls takes longer ones': longLengths,
};

for (const suite of suites) {
    const world = { peer, suite, cs: await suiteImpl(suite) };
    for (const [name, run] of Object.entries(departures)) {
        test(`${suiteName(suite)}: ${name}`, () => run(world));
    }
}
