/* A group of libmls and core-crypto clients that only the post connects: each message lies in every
 * other member's box until that member looks, which may be epochs later. Commits come in the order in
 * which they were made good; messages of one epoch in any, and some of them twice. */
import assert from 'node:assert/strict';
import { Cc, EXPORTED, identity } from './cc.mjs';
import { Ours, hex } from './ours.mjs';

const MOST = 8; /* members */
const AWAY_MOST = 6; /* epochs that somebody is away: then they have to look */

export class Post {
    constructor(world, chance) {
        this.world = world;
        this.chance = chance;
        this.count = {};
        this.born = 0;
        this.epoch = 0;
        this.proposals = []; /* of this epoch, by reference; whom they concern, and who goes by them */
        this.concerned = new Set();
        this.leaving = [];
        this.boxes = new Map(); /* member -> letters not yet read */
        this.late = new Map(); /* member -> epochs that it is behind */
        this.gone = new Set(); /* names of removed members, who may not know it yet */
        this.passed = new Map(); /* member -> messages that went before the first in its box */
        this.old = []; /* what nobody may take again */
    }

    /** Who is in, whether or not they have read all that came. */
    get members() {
        return [...this.boxes.keys()].filter((m) => !this.gone.has(m.name));
    }

    coin(part = 0.5) {
        return this.chance.next() < part;
    }

    client(Kind = this.coin() ? Ours : Cc) {
        return new Kind(this.world, identity(++this.born), { isPublic: true });
    }

    enter(client) {
        this.boxes.set(client, []);
        this.late.set(client, 0);
    }

    /* ---- letters ---- */

    post(letter, from) {
        for (const [member, box] of this.boxes) {
            if (member !== from) {
                box.push(letter);
            }
        }
        this.old.push(letter);
    }

    async read(member, letter) {
        switch (letter.kind) {
            case 'message':
                assert.equal((await member.unprotect(letter.bytes)).text, letter.text, `${member.kind} reads a message of ${letter.by}`);
                break;
            case 'proposal':
                await member.heard(letter.bytes);
                break;
            default:
                await member.receiveCommit(letter.bytes, letter.proposals);
                assert.equal(member.active, !letter.removed.includes(member.name), 'knows whether it is in');
        }
    }

    /* Which letter is read next. core-crypto keeps few keys of what it skipped. */
    next(member, box) {
        const end = box.findIndex((l) => l.kind !== 'message');
        const n = end < 0 ? box.length : end;
        if (n < 2) {
            return 0;
        }
        const passed = this.passed.get(member) ?? 0; /* over the first */
        const at = this.chance.between(0, member.kind === 'cc' ? (passed < 1 ? 1 : 0) : n - 1);
        this.passed.set(member, at === 0 ? 0 : passed + 1);
        return at;
    }

    /** A member reads its box: messages among two commits in an order of its own, some of them twice. */
    async look(member) {
        const box = this.boxes.get(member);
        while (box.length > 0 && member.active) {
            const [letter] = box.splice(this.next(member, box), 1);
            await this.read(member, letter);
            if (letter.kind !== 'proposal' && member.active && this.coin(0.2)) {
                await assert.rejects(this.read(member, letter), `${member.kind} takes a ${letter.kind} twice`);
                this.tally('came twice');
            }
        }
        this.late.set(member, 0);
        if (!member.active) {
            this.boxes.delete(member);
        }
    }

    /** All who are not away read. Somebody who was away too long reads too. */
    async settle(away = []) {
        for (const member of [...this.boxes.keys()]) {
            if (!away.includes(member) || this.late.get(member) >= AWAY_MOST) {
                await this.look(member);
            }
        }
        const there = this.members.filter((m) => this.boxes.get(m).length === 0);
        const want = there.length > 0 ? await there[0].export(...EXPORTED) : '';
        for (const m of there) {
            assert.equal(await m.export(...EXPORTED), want, `${m.kind} and ${there[0].kind} agree in epoch ${this.epoch}`);
        }
    }

    /* ---- steps: each returns what it did, or null when it cannot be done now ---- */

    /** A member who has read everything. */
    async somebody(kinds = ['ours', 'cc']) {
        const list = this.members.filter((m) => kinds.includes(m.kind));
        const member = list.length > 0 ? this.chance.pick(list) : null;
        if (member !== null) {
            await this.look(member);
        }
        return member;
    }

    async say() {
        const by = await this.somebody();
        if (by === null) {
            return null;
        }
        const n = this.chance.between(1, 4);
        for (let i = 0; i < n; i++) {
            const text = 'é'.repeat(this.chance.between(0, 30) ** 2);
            this.post({ kind: 'message', bytes: await by.protect(text), text, by: by.kind }, by);
        }
        return `messages by ${by.kind}`;
    }

    begun(by) {
        this.epoch++;
        this.boxes.forEach((_, m) => this.late.set(m, m === by ? 0 : this.late.get(m) + 1));
    }

    /** A commit is made good: everybody will read it, in this order. */
    async made(by, commit, { joiners = [], welcome = '', removed = [] } = {}) {
        await by.accept();
        this.post({ kind: 'commit', bytes: commit, proposals: this.proposals, removed, by: by.kind }, by);
        this.proposals = [];
        this.leaving = [];
        this.concerned = new Set();
        this.begun(by);
        removed.forEach((name) => this.gone.add(name));
        for (const j of joiners) {
            await j.join(welcome);
            this.enter(j);
        }
    }

    async update() {
        const by = await this.somebody();
        if (by === null) {
            return null;
        }
        const { commit } = await by.commit();
        await this.made(by, commit);
        return `update by ${by.kind}`;
    }

    async add() {
        const room = MOST - this.boxes.size;
        const by = await this.somebody();
        if (by === null || room < 1) {
            return null;
        }
        const joiners = Array.from({ length: this.chance.between(1, Math.min(room, 3)) }, () => this.client());
        const values = [];
        for (const j of joiners) {
            values.push({ proposal_type: 'add', key_package: await j.keyPackage() });
        }
        const { commit, welcome } = await by.commit({ values });
        await this.made(by, commit, { joiners, welcome });
        return `add by ${by.kind}`;
    }

    async remove() {
        const by = await this.somebody();
        const others = this.members.filter((m) => m !== by);
        if (by === null || others.length < 2) {
            return null;
        }
        const removed = [this.chance.pick(others).name];
        const values = removed.map((name) => ({ proposal_type: 'remove', removed_id: hex(name) }));
        const { commit } = await by.commit({ values });
        await this.made(by, commit, { removed });
        return `remove by ${by.kind}`;
    }

    /** Proposals of libmls members (core-crypto makes none): an update, or that somebody goes. */
    async propose() {
        const by = await this.somebody(['ours']);
        if (by === null || this.proposals.length > 2 || this.concerned.has(by.name)) {
            return null;
        }
        const free = this.members.filter((m) => m !== by && !this.concerned.has(m.name));
        let about = by;
        if (this.coin(0.4) && free.length > 1 && this.members.length > 3) {
            about = this.chance.pick(free);
            this.leaving.push(about.name);
        }
        const bytes = await (about === by ? by.proposeUpdate() : by.proposeRemove(about.name));
        this.concerned.add(about.name);
        this.proposals.push(bytes);
        this.post({ kind: 'proposal', bytes, by: by.kind }, by);
        return about === by ? 'Update proposed' : 'Remove proposed';
    }

    /** One whom they do not concern commits what was proposed. */
    async commitProposals() {
        const may = this.members.filter((m) => !this.concerned.has(m.name));
        if (this.proposals.length === 0 || may.length === 0) {
            return null;
        }
        const by = this.chance.pick(may);
        await this.look(by);
        const { commit } = await by.commit({ proposals: this.proposals });
        await this.made(by, commit, { removed: this.leaving });
        return `by reference, by ${by.kind}`;
    }

    /** Two commit at once: one is first, the other drops its own and reads that. */
    async race() {
        const [a, b] = [await this.somebody(), await this.somebody()];
        if (a === null || a === b) {
            return null;
        }
        await this.look(a);
        const first = await a.commit();
        await b.commit();
        await b.drop();
        await this.made(a, first.commit);
        await this.look(b);
        return `race of ${a.kind} and ${b.kind}`;
    }

    async external() {
        const through = await this.somebody(['ours']);
        if (through === null || this.boxes.size >= MOST) {
            return null;
        }
        const client = this.client();
        const { info } = await through.groupInfo();
        const commit = await client.joinExternal(info);
        this.post({ kind: 'commit', bytes: commit, proposals: [], removed: [], by: client.kind }, client);
        this.begun(client);
        this.enter(client);
        return `external join of ${client.kind}`;
    }

    /** libmls enters by what core-crypto publishes with its own commit. */
    async throughCc() {
        const through = await this.somebody(['cc']);
        if (through === null || through.info === '' || this.boxes.size >= MOST) {
            return null;
        }
        const client = this.client(Ours);
        const commit = await client.joinExternal(through.info);
        this.post({ kind: 'commit', bytes: commit, proposals: [], removed: [], by: 'ours' }, client);
        this.begun(client);
        this.enter(client);
        return 'external join of ours by a GroupInfo of cc';
    }

    /** Something from before, or with one bit changed, is refused, and nothing comes of it. */
    async wrong() {
        const letter = this.old.length > 0 ? this.chance.pick(this.old) : null;
        const member = await this.somebody();
        if (member === null || letter === null) {
            return null;
        }
        const bits = Buffer.from(letter.bytes, 'hex');
        const changed = this.coin();
        if (changed) {
            bits[this.chance.between(0, bits.length - 1)] ^= 1 << this.chance.between(0, 7);
        }
        const bad = { ...letter, kind: letter.kind === 'proposal' ? 'commit' : letter.kind, bytes: bits.toString('hex') };
        await assert.rejects(this.read(member, bad), `${member.kind} takes ${changed ? 'damage' : 'the past'}`);
        return changed ? 'damaged' : 'from the past';
    }

    /* ---- the walk ---- */

    tally(what) {
        this.count[what] = (this.count[what] ?? 0) + 1;
    }

    get steps() {
        return [
            [5, this.say], [4, this.update], [3, this.add], [2, this.remove], [3, this.propose], [2, this.race],
            [2, this.external], [1, this.throughCc], [1, this.wrong],
        ];
    }

    async step() {
        let at = this.chance.between(1, this.steps.reduce((sum, [weight]) => sum + weight, 0));
        const [, work] = this.steps.find(([weight]) => (at -= weight) <= 0);
        /* Once something is proposed, little else goes before the commit. */
        const open = this.proposals.length > 0 && (work !== this.propose || this.members.every((m) => this.concerned.has(m.name)));
        const did = await (open ? this.commitProposals() : work.call(this));
        return did ?? this.step();
    }

    async run(steps) {
        const founder = this.client();
        const other = this.client(founder.kind === 'cc' ? Ours : Cc);
        await founder.create(`post ${this.chance.seed}`);
        this.enter(founder);
        const { commit, welcome } = await founder.commit({
            values: [{ proposal_type: 'add', key_package: await other.keyPackage() }],
        });
        await this.made(founder, commit, { joiners: [other], welcome });
        for (let i = 1; i <= steps; i++) {
            try {
                this.tally(await this.step());
                await this.settle(this.members.filter(() => this.coin(0.5)));
            } catch (error) {
                error.message = `step ${i}, epoch ${this.epoch}: ${error.message}`;
                throw error;
            }
        }
        await this.settle();
    }
}
