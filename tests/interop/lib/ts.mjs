/* A client over ts-mls, with the methods of Ours (ours.mjs). Its states are values: a commit is
 * pending as the state it leads to. */
import {
    acceptAll, bytesToBase64, createApplicationMessage, createCommit, createGroup, createProposal, decodeMlsMessage,
    defaultCapabilities, defaultCryptoProvider, encodeMlsMessage, generateKeyPackage, getCiphersuiteFromName,
    getCiphersuiteImpl, joinGroup, joinGroupExternal, makePskIndex, mlsExporter, processPrivateMessage, processPublicMessage, proposeAddExternal,
} from 'ts-mls';
import { ciphersuites } from 'ts-mls';
import { signLeafNodeCommit } from 'ts-mls/leafNode.js';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { readsExternalPub, rfcGroupInfo } from './bridge.mjs';
import { nodeSignature } from './signature.mjs';

export const bytes = (hexText) => new Uint8Array(Buffer.from(hexText, 'hex'));
export const toHex = (b) => Buffer.from(b).toString('hex');
const utf8 = (text) => new TextEncoder().encode(text);

/* As the default provider makes it, but for signatures. */
const provider = {
    async getCiphersuiteImpl(cs) {
        const own = nodeSignature(cs.signature);
        const like = await defaultCryptoProvider.getCiphersuiteImpl(own === null ? cs : { ...cs, signature: 'Ed25519' });
        return own === null ? like : { ...like, signature: own };
    },
};

export function suiteImpl(suite) {
    const name = Object.keys(ciphersuites).find((n) => ciphersuites[n] === suite);
    return getCiphersuiteImpl(getCiphersuiteFromName(name), provider);
}

export function decode(hexText) {
    const b = bytes(hexText);
    const [message, n] = decodeMlsMessage(b, 0) ?? [];
    if (message === undefined || n !== b.length) {
        throw new Error('ts-mls does not read this message');
    }
    return message;
}

export const encode = (message) => toHex(encodeMlsMessage({ version: 'mls10', ...message }));

export class Ts {
    constructor(world, name, { isPublic = false } = {}) {
        this.kind = 'ts';
        this.cs = world.cs;
        this.name = name;
        this.isPublic = isPublic;
        this.psks = {};
        this.state = null;
        this.next = null;
        this.update = null; /* own Update proposal of this epoch: { message, privateKey } */
    }

    get active() {
        return this.state !== null && this.state.groupActiveState.kind === 'active';
    }

    get pskIndex() {
        return makePskIndex(this.state ?? undefined, this.psks);
    }

    get leaf() {
        return this.state.privatePath.leafIndex;
    }

    enter(state) {
        this.state = state;
        this.next = null;
        this.update = null;
    }

    /* ---- coming in ---- */

    async makeKeyPackage() {
        const now = BigInt(Math.floor(Date.now() / 1000));
        this.package = await generateKeyPackage(
            { credentialType: 'basic', identity: utf8(this.name) }, defaultCapabilities(),
            { notBefore: now - 3600n, notAfter: now + 2419200n }, [], this.cs,
        );
        return this.package.publicPackage;
    }

    async create(groupId) {
        await this.makeKeyPackage();
        const { publicPackage, privatePackage } = this.package;
        this.enter(await createGroup(utf8(groupId), publicPackage, privatePackage, [], this.cs));
    }

    async keyPackage() {
        return encode({ wireformat: 'mls_key_package', keyPackage: await this.makeKeyPackage() });
    }

    async join(welcome, tree = '') {
        const message = decode(welcome);
        const { publicPackage, privatePackage } = this.package;
        this.state = null;
        this.enter(await joinGroup(
            message.welcome, publicPackage, privatePackage, this.pskIndex, this.cs,
            tree === '' ? undefined : decodeRatchetTree(bytes(tree), 0)[0],
        ));
    }

    /** ts-mls finds the leaf to replace by the signature key: a resync keeps the old one. */
    async joinExternal(groupInfo, tree = '', { resync = false } = {}) {
        if (!resync) {
            await this.makeKeyPackage();
        }
        const { publicPackage, privatePackage } = this.package;
        const read = decode(groupInfo).groupInfo;
        const { publicMessage, newState } = await joinGroupExternal(
            read, publicPackage, privatePackage, resync, readsExternalPub(this.cs, read),
            tree === '' ? undefined : decodeRatchetTree(bytes(tree), 0)[0],
        );
        this.enter(newState);
        return encode({ wireformat: 'mls_public_message', publicMessage });
    }

    async proposeSelf(groupInfo) {
        await this.makeKeyPackage();
        const { publicPackage, privatePackage } = this.package;
        return encode(await proposeAddExternal(decode(groupInfo).groupInfo, publicPackage, privatePackage, this.cs));
    }

    async leaveMemory() {
        this.state = null;
    }

    /* ---- proposals ---- */

    async propose(proposal) {
        const made = await createProposal(this.state, this.isPublic, proposal, this.cs);
        this.state = made.newState;
        return encode(made.message);
    }

    member(name) {
        const at = this.state.ratchetTree.findIndex((n) => n?.nodeType === 'leaf' &&
            Buffer.from(n.leaf.credential.identity).toString() === name);
        if (at < 0) {
            throw new Error(`${this.name} sees no ${name}`);
        }
        return at / 2;
    }

    proposeAdd(keyPackage) {
        return this.propose({ proposalType: 'add', add: { keyPackage: decode(keyPackage).keyPackage } });
    }

    /** ts-mls has no call for it: a leaf with a new key, signed, in a proposal. */
    async proposeUpdate() {
        const pair = await this.cs.hpke.generateKeyPair();
        const old = this.state.ratchetTree[2 * this.leaf].leaf;
        const leafNode = await signLeafNodeCommit({
            leafNodeSource: 'update',
            hpkePublicKey: await this.cs.hpke.exportPublicKey(pair.publicKey),
            signaturePublicKey: old.signaturePublicKey,
            credential: old.credential,
            capabilities: old.capabilities,
            extensions: old.extensions,
            groupId: this.state.groupContext.groupId,
            leafIndex: this.leaf,
        }, this.state.signaturePrivateKey, this.cs.signature);
        const message = await this.propose({ proposalType: 'update', update: { leafNode } });
        this.update = { message, privateKey: await this.cs.hpke.exportPrivateKey(pair.privateKey) };
        return message;
    }

    proposeRemove(name) {
        return this.propose({ proposalType: 'remove', remove: { removed: this.member(name) } });
    }

    psk(info) {
        const pskNonce = this.cs.rng.randomBytes(this.cs.kdf.size);
        return { proposalType: 'psk', psk: { preSharedKeyId: { ...info, pskNonce } } };
    }

    externalPsk(id) {
        return this.psk({ psktype: 'external', pskId: bytes(id) });
    }

    resumptionPsk(epoch) {
        const pskGroupId = this.state.groupContext.groupId;
        return this.psk({ psktype: 'resumption', usage: 'application', pskGroupId, pskEpoch: BigInt(epoch) });
    }

    proposePsk(id) {
        return this.propose(this.externalPsk(id));
    }

    proposeResumption(epoch) {
        return this.propose(this.resumptionPsk(epoch));
    }

    async heard(proposal) {
        this.state = await this.process(this.state, proposal);
    }

    async putPsk(id, secret) {
        this.psks[bytesToBase64(bytes(id))] = bytes(secret);
    }

    /* ---- commits ---- */

    /** One of the descriptions that mls-peer takes. */
    described(value) {
        switch (value.proposal_type) {
            case 'add':
                return { proposalType: 'add', add: { keyPackage: decode(value.key_package).keyPackage } };
            case 'remove':
                return {
                    proposalType: 'remove',
                    remove: { removed: this.member(Buffer.from(value.removed_id, 'hex').toString()) },
                };
            case 'externalPSK':
                return this.externalPsk(value.psk_id);
            case 'resumptionPSK':
                return this.resumptionPsk(value.epoch_id);
            case 'groupContextExtensions':
                return {
                    proposalType: 'group_context_extensions',
                    groupContextExtensions: {
                        extensions: value.extensions.map((e) => ({
                            extensionType: e.extension_type, extensionData: bytes(e.extension_data),
                        })),
                    },
                };
            default:
                throw new Error(`no ${value.proposal_type} here`);
        }
    }

    /** By reference go all proposals that it has made or heard in this epoch. */
    async commit({ values = [], beside = false } = {}) {
        const made = await createCommit(
            { state: this.state, pskIndex: this.pskIndex, cipherSuite: this.cs },
            {
                wireAsPublicMessage: this.isPublic,
                extraProposals: values.map((v) => this.described(v)),
                ratchetTreeExtension: !beside,
            },
        );
        this.next = made.newState;
        return {
            commit: encode(made.commit),
            welcome: made.welcome ? encode({ wireformat: 'mls_welcome', welcome: made.welcome }) : '',
            tree: toHex(encodeRatchetTree(made.newState.ratchetTree)),
        };
    }

    async accept() {
        this.enter(this.next);
    }

    async drop() {
        this.next = null;
    }

    async process(state, message) {
        const m = decode(message);
        const result = m.wireformat === 'mls_private_message'
            ? await processPrivateMessage(state, m.privateMessage, this.pskIndex, this.cs, acceptAll)
            : await processPublicMessage(state, m.publicMessage, this.pskIndex, this.cs, acceptAll);
        if (result.newState === undefined || result.kind === 'applicationMessage') {
            throw new Error('not a handshake message');
        }
        return result.newState;
    }

    /** Its own Update takes effect with the commit that names it, which ts-mls leaves to its user. */
    async receiveCommit(commit, proposals = []) {
        let { state } = this;
        if (this.update !== null && proposals.includes(this.update.message)) {
            const privateKeys = { ...state.privatePath.privateKeys, [2 * this.leaf]: this.update.privateKey };
            state = { ...state, privatePath: { ...state.privatePath, privateKeys } };
        }
        this.enter(await this.process(state, commit));
    }

    /* ---- being there ---- */

    async protect(text, aad = '') {
        const made = await createApplicationMessage(this.state, utf8(text), this.cs, utf8(aad));
        this.state = made.newState;
        return encode({ wireformat: 'mls_private_message', privateMessage: made.privateMessage });
    }

    async unprotect(message) {
        const m = decode(message).privateMessage;
        const result = await processPrivateMessage(this.state, m, this.pskIndex, this.cs);
        if (result.kind !== 'applicationMessage') {
            throw new Error('not an application message');
        }
        this.state = result.newState;
        return {
            text: Buffer.from(result.message).toString(),
            aad: Buffer.from(m.authenticatedData).toString(),
        };
    }

    async export(label, context, length) {
        return toHex(await mlsExporter(this.state.keySchedule.exporterSecret, label, utf8(context), length, this.cs));
    }

    async authenticator() {
        return toHex(this.state.keySchedule.epochAuthenticator);
    }

    /** As the RFC has it; bare: as ts-mls makes it. */
    async groupInfo({ beside = false } = {}) {
        return {
            info: toHex(await rfcGroupInfo(this.state, this.cs, { beside })),
            tree: beside ? await this.tree() : '',
        };
    }

    async tree() {
        return toHex(encodeRatchetTree(this.state.ratchetTree));
    }
}
