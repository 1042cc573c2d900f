/* A random walk: what a conversation of libmls and ts-mls clients can do, in an order that chance
 * decides and a seed repeats. After every step all members agree (Conversation.check). */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Conversation, Unreadable } from './conversation.mjs';
import { Ours, hex } from './ours.mjs';
import { leftHalfStays } from './bridge.mjs';
import { Ts, bytes } from './ts.mjs';

const MOST = 9; /* members */
const REFUSAL = /unmerged_leaves/; /* of a tree that ts-mls does not read */

export class Walk {
    constructor(world, chance) {
        this.world = world;
        this.chance = chance;
        this.count = {};
        this.names = 0;
        this.ghosts = []; /* leaves whose client could not join */
        this.since = new Map(); /* member -> the epoch it came in with */
        this.old = []; /* messages that nobody may take again */
    }

    tally(what) {
        this.count[what] = (this.count[what] ?? 0) + 1;
    }

    /* ---- choices ---- */

    coin(part = 0.5) {
        return this.chance.next() < part;
    }

    client(kind = this.coin() ? Ours : Ts) {
        return new kind(this.world, `${kind.name.toLowerCase()} ${++this.names}`, { isPublic: this.coin() });
    }

    some(list, most) {
        const left = [...list];
        const out = [];
        while (left.length > 0 && out.length < most) {
            out.push(left.splice(this.chance.between(0, left.length - 1), 1)[0]);
        }
        return out;
    }

    member() {
        return this.chance.pick(this.c.members);
    }

    /** Who does it, and everybody else. */
    parts() {
        const by = this.member();
        return { by, others: this.c.others(by) };
    }

    get room() {
        return MOST - this.c.members.length - this.ghosts.length;
    }

    how() {
        return { forcePath: this.coin(), beside: this.coin() };
    }

    /** Whether ts-mls members could follow a commit by which these go and nobody comes. */
    async couldFollow(names) {
        const stay = this.c.members.filter((m) => !names.includes(m.name));
        return stay.every((m) => m.kind !== 'ts') || leftHalfStays(bytes(await stay[0].tree()), names);
    }

    /* ---- steps; each returns what it did, or null when it cannot be done now ---- */

    async say() {
        const text = 'x'.repeat(this.chance.between(0, 40) ** 2);
        this.old.push(await this.c.say(this.member(), text, this.coin() ? 'some more' : ''));
        return 'message';
    }

    /** Several messages under way at once, read by everybody in an order of their own. */
    async crowd() {
        const sent = [];
        for (let i = this.chance.between(2, 5); i > 0; i--) {
            const from = this.member();
            const text = `message ${i}`;
            sent.push({ from, text, message: await from.protect(text) });
        }
        for (const m of this.c.members) {
            for (const s of this.some(sent.filter((x) => x.from !== m), sent.length)) {
                assert.equal((await m.unprotect(s.message)).text, s.text);
            }
        }
        return 'messages out of order';
    }

    async update() {
        await this.commit(this.member());
        return 'update';
    }

    async commit(by, options = {}) {
        const made = await this.c.commit(by, options);
        this.old.push(made.commit);
        (options.joiners ?? []).forEach((j) => this.since.set(j, this.c.epoch));
        return made;
    }

    async addByValue() {
        if (this.room < 1) {
            return null;
        }
        const { by } = this.parts();
        const joiners = Array.from({ length: this.chance.between(1, Math.min(2, this.room)) }, () => this.client());
        try {
            await this.c.add(by, joiners, this.how());
            joiners.forEach((j) => this.since.set(j, this.c.epoch));
            return `add by ${by.kind}`;
        } catch (error) {
            return this.cannotRead(error, joiners);
        }
    }

    /** The commit is void, and ts-mls refuses its Welcome as foreseen. */
    async cannotRead(error, joiners) {
        if (!(error instanceof Unreadable)) {
            throw error;
        }
        const ts = joiners.find((j) => j.kind === 'ts');
        await assert.rejects(ts.join(error.made.welcome, error.made.tree), REFUSAL);
        return 'a tree that ts-mls refuses';
    }

    async remove() {
        const { by, others } = this.parts();
        if (others.length < 2) {
            return null;
        }
        const removed = this.some(others, this.chance.between(1, 2)).map((m) => m.name);
        if (!await this.couldFollow(removed)) {
            return null;
        }
        await this.c.remove(by, removed);
        return `remove by ${by.kind}`;
    }

    async removeGhost() {
        const ghost = this.ghosts.at(-1);
        if (ghost === undefined || !await this.couldFollow([ghost])) {
            return null;
        }
        this.ghosts.pop();
        const { by } = this.parts();
        await this.commit(by, { values: [{ proposal_type: 'remove', removed_id: hex(ghost) }] });
        return 'remove of a leaf without a client';
    }

    /** One goes, another comes, in one commit. */
    async swap() {
        const { by, others } = this.parts();
        if (others.length === 0) {
            return null;
        }
        const removed = [this.chance.pick(others).name];
        const joiner = this.client();
        const values = [
            { proposal_type: 'remove', removed_id: hex(removed[0]) },
            { proposal_type: 'add', key_package: await joiner.keyPackage() },
        ];
        try {
            await this.commit(by, { values, joiners: [joiner], removed, beside: this.coin() });
            return 'swap';
        } catch (error) {
            return this.cannotRead(error, [joiner]);
        }
    }

    /** Updates, Adds and Removes by reference, from several members, committed by another. */
    async byReference() {
        const { by, others } = this.parts();
        const chosen = this.some(others, this.chance.between(1, 3));
        const removed = [];
        const joiners = [];
        for (const m of chosen) {
            const free = others.filter((o) => !chosen.includes(o) && !removed.includes(o.name));
            const goes = free.length > 0 && this.coin() ? this.chance.pick(free) : m; /* or m leaves */
            if (this.coin(0.25) && await this.couldFollow([...removed, goes.name])) {
                removed.push(goes.name);
                await this.c.propose(await m.proposeRemove(removed.at(-1)), m);
            } else if (this.coin(0.3) && this.room > joiners.length) {
                joiners.push(this.client());
                await this.c.propose(await m.proposeAdd(await joiners.at(-1).keyPackage()), m);
            } else {
                await this.c.propose(await m.proposeUpdate(), m);
            }
        }
        if (this.c.proposals.length === 0) {
            return null;
        }
        await this.commitForGood(by, { joiners, removed, ...this.how() });
        return `by reference, by ${by.kind}`;
    }

    /** A commit that cannot be taken back: a joiner who cannot read the tree leaves a leaf behind. */
    async commitForGood(by, { joiners, ...options }) {
        const unable = [];
        const made = await this.c.commit(by, { ...options, joiners, unable });
        this.old.push(made.commit);
        for (const j of unable) {
            await assert.rejects(j.join(made.welcome, options.beside ? made.tree : ''), REFUSAL);
            this.ghosts.push(j.name);
            this.tally('a leaf without a client');
        }
        joiners.filter((j) => !unable.includes(j)).forEach((j) => this.since.set(j, this.c.epoch));
        return made;
    }

    async external() {
        const resync = this.coin(0.4) && this.c.members.length > 1;
        if (!resync && this.room < 1) {
            return null;
        }
        const client = resync ? this.anew(this.member()) : this.client();
        const through = this.chance.pick(this.c.members.filter((m) => m.name !== client.name));
        try {
            await this.c.enter(client, through, { resync, beside: this.coin() });
        } catch (error) {
            if (!(error instanceof Unreadable)) {
                throw error;
            }
            await assert.rejects(client.joinExternal(error.info, error.tree, { resync }), REFUSAL);
            return 'a tree that ts-mls refuses';
        }
        this.since.set(client, this.c.epoch);
        return `${resync ? 'resync' : 'external join'} of ${client.kind}`;
    }

    /** The same client, with nothing left of its state. */
    anew(member) {
        const client = new (member.kind === 'ts' ? Ts : Ours)(this.world, member.name, { isPublic: member.isPublic });
        client.package = member.package;
        return client;
    }

    /** An Add that the joiner proposes itself, from outside. */
    async knock() {
        if (this.room < 1) {
            return null;
        }
        const { by } = this.parts();
        const joiner = this.client();
        const { info } = await this.member().groupInfo();
        await this.c.propose(await joiner.proposeSelf(info));
        await this.commitForGood(by, { joiners: [joiner], ...this.how() });
        return `an Add by a ${joiner.kind} joiner itself`;
    }

    async externalPsk() {
        const { by } = this.parts();
        const id = randomBytes(8).toString('hex');
        const secret = randomBytes(32).toString('hex');
        const joiners = this.coin(0.4) && this.room > 0 ? [this.client()] : [];
        const values = [{ proposal_type: 'externalPSK', psk_id: id }];
        for (const j of joiners) {
            values.unshift({ proposal_type: 'add', key_package: await j.keyPackage() });
        }
        for (const m of [...this.c.members, ...joiners]) {
            await m.putPsk(id, secret);
        }
        await this.commitForGood(by, { values, joiners, ...this.how() });
        return 'external PSK';
    }

    /** ts-mls keeps the secrets of three epochs that are over. */
    async resumptionPsk() {
        const { by } = this.parts();
        const first = Math.max(this.c.epoch - 3, ...this.c.members.map((m) => this.since.get(m)));
        const epoch = this.chance.between(first, this.c.epoch);
        await this.commit(by, { values: [{ proposal_type: 'resumptionPSK', epoch_id: epoch }], forcePath: this.coin() });
        return 'resumption PSK';
    }

    /** ts-mls leaves out the path that such a commit must have, so that libmls makes it. */
    async extensions() {
        const by = this.chance.pick(this.c.members.filter((m) => m.kind === 'ours').concat(null));
        if (by === null) {
            return null;
        }
        const required = this.coin() ? '0000020001' : '0000040001' + '0002';
        const extensions = [{ extension_type: 3, extension_data: required }];
        await this.commit(by, { values: [{ proposal_type: 'groupContextExtensions', extensions }] });
        return 'GroupContextExtensions';
    }

    /** What was read once, or is of another epoch, is refused; and nothing changes. */
    async replay() {
        if (this.old.length === 0) {
            return null;
        }
        const message = this.chance.pick(this.old);
        for (const m of this.c.members) {
            await assert.rejects(m.unprotect(message), `${m.name} takes an old message`);
            await assert.rejects(m.receiveCommit(message), `${m.name} takes an old commit`);
        }
        await this.c.check();
        return 'replay';
    }

    /** A commit with one bit changed is refused by all, and taken as it was. */
    async damaged() {
        const { by, others } = this.parts();
        if (others.length === 0) {
            return null;
        }
        const made = await by.commit();
        const bits = Buffer.from(made.commit, 'hex');
        bits[this.chance.between(0, bits.length - 1)] ^= 1 << this.chance.between(0, 7);
        for (const m of others) {
            await assert.rejects(m.receiveCommit(bits.toString('hex')), `${m.name} (${m.kind}) takes a damaged commit`);
            await m.receiveCommit(made.commit);
        }
        await by.accept();
        this.c.epoch++;
        await this.c.check();
        return 'damaged commit';
    }

    /* ---- the walk ---- */

    get steps() {
        return [
            [5, this.say], [2, this.crowd], [4, this.update], [3, this.addByValue], [2, this.remove], [1, this.removeGhost],
            [3, this.swap], [5, this.byReference], [3, this.external], [1, this.knock], [1, this.externalPsk],
            [1, this.resumptionPsk], [1, this.extensions], [1, this.replay], [1, this.damaged],
        ];
    }

    async step() {
        let at = this.chance.between(1, this.steps.reduce((sum, [weight]) => sum + weight, 0));
        const [, work] = this.steps.find(([weight]) => (at -= weight) <= 0);
        const did = await work.call(this);
        if (did === null) {
            return this.step();
        }
        this.tally(did);
        return did;
    }

    async run(steps) {
        const founder = this.client();
        this.c = await Conversation.of(founder, `walk ${this.chance.seed}`);
        this.since.set(founder, 0);
        const other = this.client(founder.kind === 'ts' ? Ours : Ts);
        await this.c.add(founder, [other]);
        this.since.set(other, 1);
        for (let i = 1; i <= steps; i++) {
            try {
                await this.step();
            } catch (error) {
                error.message = `step ${i}, epoch ${this.c.epoch}: ${error.message}`;
                throw error;
            }
        }
        await this.c.talk();
    }
}
