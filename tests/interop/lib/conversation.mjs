/* A group with members of both kinds: who is in it, what waits for a commit, and the traffic among
 * them. Whoever should not get a message does not; whoever gets one has to take it. */
import assert from 'node:assert/strict';
import { hex } from './ours.mjs';

/* Asked only where a client of ts-mls joins: without one, nothing here needs its packages. */
async function readable(tree) {
    const { canRead } = await import('./bridge.mjs');
    return canRead(new Uint8Array(Buffer.from(tree, 'hex')));
}

/** A joiner of the kind ts cannot read the tree (departures.mjs): nobody joined, the commit is void. */
export class Unreadable extends Error {}

export class Conversation {
    constructor() {
        this.members = [];
        this.proposals = [];
        this.epoch = 0;
    }

    static async of(founder, id) {
        const c = new Conversation();
        await founder.create(id);
        c.members.push(founder);
        return c;
    }

    others(member) {
        return this.members.filter((m) => m !== member);
    }

    /** All members are at one in what they share. */
    async check() {
        const [first, ...rest] = this.members;
        const facts = async (m) => ({
            authenticator: await m.authenticator(),
            exported: await m.export('interop', `epoch ${this.epoch}`, 48),
            tree: await m.tree(),
        });
        const want = await facts(first);
        for (const m of rest) {
            assert.deepEqual(await facts(m), want, `${m.name} (${m.kind}) agrees with ${first.name} (${first.kind})`);
        }
    }

    /** A member says something that all others read, once. */
    async say(member, text, aad = '') {
        const message = await member.protect(text, aad);
        for (const m of this.others(member)) {
            assert.deepEqual(await m.unprotect(message), { text, aad }, `${m.name} reads ${member.name}`);
            await assert.rejects(m.unprotect(message), `${m.name} reads a message once`);
        }
        return message;
    }

    async talk() {
        for (const m of this.members) {
            await this.say(m, `${m.name} says: grüß Gott`, 'beside it');
        }
    }

    /** A proposal, made by a member or from outside, reaches everybody. */
    async propose(message, by = null) {
        for (const m of this.others(by)) {
            await m.heard(message);
        }
        this.proposals.push(message);
        return message;
    }

    /** A commit reaches a member, who then knows whether it is still in. ts-mls does not notice that it
     * is out when its leaf is taken again at once (departures.mjs); it must fail then. */
    async deliver(m, commit, proposals, out) {
        try {
            await m.receiveCommit(commit, proposals);
        } catch (error) {
            if (m.kind !== 'ts' || !out || !/No overlap between/.test(error.message)) {
                throw error;
            }
            await m.leaveMemory();
        }
        assert.equal(m.active, !out, `${m.name} knows whether it is in`);
    }

    /** The same for a commit from outside, by which ts-mls never notices that it is out: it may even
     * compute for ever, so that it is not told (departures.mjs). */
    async deliverOutside(m, commit, out) {
        if (m.kind === 'ts' && out) {
            await m.leaveMemory();
        } else {
            await this.deliver(m, commit, [], out);
        }
    }

    /** A member commits all proposals there are, and by value what is asked: removed lists names that
     * go, joiners clients whose proposals or values stand for them. When ts-mls cannot read the tree,
     * the commit is void and Unreadable thrown, unless there is a list, unable, for who cannot join. */
    async commit(by, { values = [], joiners = [], removed = [], unable = null, forcePath = true, beside = false } = {}) {
        const { proposals } = this;
        const made = await by.commit({ proposals, values, forcePath, beside });
        if (joiners.some((j) => j.kind === 'ts') && !(await readable(made.tree))) {
            if (unable === null) {
                await by.drop();
                throw Object.assign(new Unreadable('ts-mls cannot join here'), { made });
            }
            unable.push(...joiners.filter((j) => j.kind === 'ts'));
        }
        const out = this.members.filter((m) => removed.includes(m.name));
        for (const m of this.others(by)) {
            await this.deliver(m, made.commit, proposals, out.includes(m));
        }
        await by.accept();
        this.members = this.members.filter((m) => !out.includes(m));
        for (const j of joiners.filter((x) => !unable?.includes(x))) {
            await j.join(made.welcome, beside ? made.tree : '');
            this.members.push(j);
        }
        this.proposals = [];
        this.epoch++;
        await this.check();
        return made;
    }

    async add(by, joiners, options = {}) {
        const values = [];
        for (const j of joiners) {
            values.push({ proposal_type: 'add', key_package: await j.keyPackage() });
        }
        return this.commit(by, { ...options, values: [...values, ...(options.values ?? [])], joiners });
    }

    remove(by, names, options = {}) {
        const values = names.map((name) => ({ proposal_type: 'remove', removed_id: hex(name) }));
        return this.commit(by, { ...options, values, removed: names });
    }

    /** A client comes in from outside by what `through` tells. */
    async enter(client, through, { resync = false, beside = false } = {}) {
        const { info, tree } = await through.groupInfo({ beside });
        if (client.kind === 'ts' && !(await readable(await through.tree()))) {
            throw Object.assign(new Unreadable('ts-mls cannot join here'), { info, tree });
        }
        const commit = await client.joinExternal(info, tree, { resync });
        const old = this.members.filter((m) => m.name === client.name);
        assert.equal(old.length, resync ? 1 : 0);
        for (const m of this.members) {
            if (m !== client) {
                await this.deliverOutside(m, commit, old.includes(m));
            }
        }
        this.members = this.members.filter((m) => !old.includes(m));
        this.members.push(client);
        this.proposals = [];
        this.epoch++;
        await this.check();
    }
}
