/* A client over mls-peer. Ours and Ts (ts.mjs) have the same methods, so that a conversation does not
 * care whose member does a step. Messages and other bytes are hexadecimal strings; identities are
 * text. A commit is pending until accept() or drop(). */
export const hex = (text) => Buffer.from(text).toString('hex');

/* Who a client is: { peer, suite, name, isPublic }. */
export class Ours {
    constructor(world, name, { isPublic = false } = {}) {
        this.kind = 'ours';
        this.peer = world.peer;
        this.suite = world.suite;
        this.name = name;
        this.isPublic = isPublic;
        this.state = 0;
        this.joiner = 0;
        this.active = false;
    }

    get who() {
        return { identity: hex(this.name), encrypt_handshake: !this.isPublic };
    }

    enter(answer) {
        this.state = answer.state_id;
        this.active = true;
        this.auth = answer.epoch_authenticator;
    }

    /* ---- coming in ---- */

    async create(groupId) {
        this.enter(await this.peer.ask('CreateGroup', { group_id: hex(groupId), cipher_suite: this.suite, ...this.who }));
    }

    async keyPackage() {
        const made = await this.peer.ask('CreateKeyPackage', { cipher_suite: this.suite, identity: hex(this.name) });
        this.joiner = made.transaction_id;
        return made.key_package;
    }

    async join(welcome, tree = '') {
        const { joiner } = this;
        this.enter(await this.peer.ask('JoinGroup', { transaction_id: joiner, welcome, ratchet_tree: tree, ...this.who }));
    }

    /** Join from outside; the commit to deliver. resync replaces the leaf that has this name. */
    async joinExternal(groupInfo, tree = '', { resync = false } = {}) {
        const joined = await this.peer.ask('ExternalJoin', {
            group_info: groupInfo, ratchet_tree: tree, remove_prior: resync, ...this.who,
        });
        this.enter(joined);
        return joined.commit;
    }

    /** Ask to be added, from outside; join() by the Welcome then. */
    async proposeSelf(groupInfo) {
        const made = await this.peer.ask('NewMemberAddProposal', { group_info: groupInfo, identity: hex(this.name) });
        this.joiner = made.transaction_id;
        return made.proposal;
    }

    async leaveMemory() {
        if (this.state !== 0) {
            await this.peer.ask('Free', { state_id: this.state });
        }
        this.state = 0;
        this.active = false;
    }

    /* ---- proposals ---- */

    async proposal(op, fields = {}) {
        return (await this.peer.ask(op, { state_id: this.state, ...fields })).proposal;
    }

    proposeAdd(keyPackage) {
        return this.proposal('AddProposal', { key_package: keyPackage });
    }

    proposeUpdate() {
        return this.proposal('UpdateProposal');
    }

    proposeRemove(name) {
        return this.proposal('RemoveProposal', { removed_id: hex(name) });
    }

    proposePsk(id) {
        return this.proposal('ExternalPSKProposal', { psk_id: id });
    }

    proposeResumption(epoch) {
        return this.proposal('ResumptionPSKProposal', { epoch_id: epoch });
    }

    proposeExtensions(extensions) {
        return this.proposal('GroupContextExtensionsProposal', { extensions });
    }

    /** mls-peer is told of a proposal with the commit that names it. */
    async heard() {}

    async putPsk(id, secret) {
        const to = this.active ? this.state : this.joiner;
        await this.peer.ask('StorePSK', { state_or_transaction_id: to, psk_id: id, psk_secret: secret });
    }

    /* ---- commits ---- */

    /** proposals: messages by reference. values: what is by value, as mls-peer describes it.
     * Gives { commit, welcome, tree }, the tree that of the epoch to come. */
    async commit({ proposals = [], values = [], forcePath = true, beside = false } = {}) {
        const made = await this.peer.ask('Commit', {
            state_id: this.state, by_reference: proposals, by_value: values, force_path: forcePath, external_tree: true,
        });
        if (!beside && made.welcome !== '') {
            const again = await this.peer.ask('Commit', {
                state_id: this.state, by_reference: proposals, by_value: values, force_path: forcePath,
            });
            return { commit: again.commit, welcome: again.welcome, tree: made.ratchet_tree };
        }
        return { commit: made.commit, welcome: made.welcome, tree: made.ratchet_tree };
    }

    async accept() {
        this.enter(await this.peer.ask('HandlePendingCommit', { state_id: this.state }));
    }

    /** The next commit, own or not, takes the place of a pending one. */
    async drop() {}

    async receiveCommit(commit, proposals = []) {
        const answer = await this.peer.ask('HandleCommit', { state_id: this.state, commit, proposal: proposals });
        if (answer.epoch_authenticator === '') {
            this.active = false;
        } else {
            this.enter(answer);
        }
    }

    /* ---- being there ---- */

    async protect(text, aad = '') {
        const made = await this.peer.ask('Protect', {
            state_id: this.state, plaintext: hex(text), authenticated_data: hex(aad),
        });
        return made.ciphertext;
    }

    /** { text, aad } of an application message. */
    async unprotect(message) {
        const read = await this.peer.ask('Unprotect', { state_id: this.state, ciphertext: message });
        return {
            text: Buffer.from(read.plaintext, 'hex').toString(),
            aad: Buffer.from(read.authenticated_data, 'hex').toString(),
        };
    }

    async export(label, context, length) {
        const made = await this.peer.ask('Export', {
            state_id: this.state, label, context: hex(context), key_length: length,
        });
        return made.exported_secret;
    }

    async authenticator() {
        return (await this.peer.ask('StateAuth', { state_id: this.state })).state_auth_secret;
    }

    /** { info, tree }: the tree in the GroupInfo, or beside it. */
    async groupInfo({ beside = false } = {}) {
        const made = await this.peer.ask('GroupInfo', { state_id: this.state, external_tree: beside });
        return { info: made.group_info, tree: made.ratchet_tree };
    }

    async tree() {
        return (await this.peer.ask('GroupInfo', { state_id: this.state, external_tree: true })).ratchet_tree;
    }
}
