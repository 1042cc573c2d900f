/* The same world out of mock agents joined in memory: no keys, no relay, no processes. It exists to
 * try the end-to-end test itself, and the page between two people, where the programs are not built.
 * A room is a list that every member's agent reads at its own pace, and only while "the relay" is up.
 * With a fault it does what must never happen (lose, double, swap, leak), to show that it is noticed. */
import { MockAgent } from '../../../web/mock/agent.mjs';
import { link, person, qr } from '../../../web/mock/data.mjs';

class Room {
    constructor(id, kind, title, creator) {
        Object.assign(this, { id, kind, title, creator, entries: [], members: [creator] });
    }

    /** An entry of a client_id that is there already is the same entry. */
    append(entry) {
        if (!this.entries.some((e) => e.clientId && e.from === entry.from && e.clientId === entry.clientId)) {
            this.entries.push(entry);
        }
    }
}

class NetAgent extends MockAgent {
    constructor(net, name) {
        super({ empty: true });
        this.net = net;
        this.name = name;
        this.rooms = new Map();
        this.running = false;
        this.me = { ...this.me, name, link: link(name), qr: qr(link(name)), handle: null, relay: net.relay.name };
        this.connection.relay = net.relay.name;
    }

    other(name) {
        return this.contacts.get(`p-${name}`)
            ?? this.person(`p-${name}`, name, person(`p-${name}`, name, { state: 'stranger' }));
    }

    idOf(name) {
        return name === this.name ? 'me' : this.other(name).id;
    }

    addContact({ address }) {
        const wanted = address.trim();
        const found = this.net.people.find((p) => p.agent.me.link === wanted || p.agent.me.handle === wanted);
        if (!found || !this.net.relay.up) {
            return null;
        }
        const contact = this.other(found.name);
        if (!contact.conversation) {
            contact.state = 'invited';
            const room = this.net.room('direct', '', this.name);
            room.members.push(found.name);
            contact.conversation = this.enter(room).id;
            this.net.turn();
        }
        return { contact, conversation: this.show(this.conversations.get(contact.conversation)) };
    }

    /* A room that this agent learns of: its own, or one to which it was brought. */
    enter(room) {
        const mine = room.creator === this.name;
        const other = room.kind === 'direct' ? this.other(room.members.find((n) => n !== this.name)) : null;
        const known = other?.state === 'connected' || this.other(room.creator).state === 'connected';
        const state = mine ? (room.kind === 'direct' ? 'pending' : 'open') : known ? 'open' : 'request';
        const c = this.makeConversation(room.kind, room.title, room.members.map((n) => this.idOf(n)), {
            contact: other?.id ?? (mine ? null : this.idOf(room.creator)), state, role: mine ? 'admin' : 'member', room, at: 0,
            last_heard: null,
        });
        c.at = mine ? 0 : Math.max(0, room.entries.findLastIndex((e) => e.notice?.who === this.name));
        this.rooms.set(room.id, c);
        if (other) {
            other.conversation = c.id;
        }
        this.changed(c);
        return c;
    }

    /* What the relay has for this agent, while both are there. */
    pull() {
        if (!this.running || !this.net.relay.up) {
            return;
        }
        for (const room of this.net.rooms) {
            const c = this.rooms.get(room.id) ?? (room.members.includes(this.name) ? this.enter(room) : null);
            if (c) {
                this.flush(c);
                while (c.at < room.entries.length && (c.state !== 'removed' || this.net.fault === 'leak')) {
                    this.net.faulty(c.at, room.entries).forEach((e) => this.read(c, e));
                    c.at++;
                }
            }
        }
    }

    flush(c) {
        if (c.state === 'open' || c.state === 'pending') {
            c.messages.filter((m) => m.state === 'waiting').forEach((m) =>
                c.room.append({ from: this.name, clientId: m.client_id, text: m.text, time: m.time }));
        }
    }

    read(c, e) {
        if (e.notice) {
            const { code, by, who } = e.notice;
            const m = this.notice(c, { code, by: this.idOf(by), who: who ? this.idOf(who) : null });
            this.tell('event.message', { message: m });
            if (code === 'added' && !c.members.some((x) => x.contact === this.idOf(who))) {
                c.members.push({ contact: this.idOf(who), role: 'member', state: 'joined', joined: m.order, delivered: 0, read: 0 });
            } else if (code === 'removed') {
                c.members = c.members.filter((x) => x.contact !== this.idOf(who));
                c.state = who === this.name ? 'removed' : c.state;
            } else if (code === 'accepted' && by !== this.name) {
                c.state = 'open';
                this.other(by).state = 'connected';
            }
            this.changed(c);
        } else if (e.from === this.name) {
            const m = c.messages.find((x) => x.client_id === e.clientId && x.order === null);
            if (m) {
                this.store(c, m);
            }
        } else {
            this.hear(c, this.idOf(e.from), e.text);
            c.messages.at(-1).time = e.time;
            setTimeout(() => this.net.mark(c.room, this.name), 5);
        }
    }

    /* The methods that concern others go through the net; the rest is the mock agent's. */
    call(method, params) {
        if (method === 'contact.add') {
            return this.addContact(params) ?? super.call(method, params);
        }
        const result = super.call(method, params);
        const c = params.conversation ? this.conversations.get(params.conversation) : null;
        if (method === 'conversation.create_group') {
            this.created(result.conversation.id, params.members);
        } else if (method === 'conversation.accept') {
            c.room.append({ notice: { code: 'accepted', by: this.name } });
        } else if (method === 'conversation.add' || method === 'conversation.remove') {
            this.changeMembers(c, method === 'conversation.add' ? 'added' : 'removed', params.contact ?? params.member);
        }
        if (method !== 'message.list') {
            setImmediate(() => this.net.turn());
        }
        return result;
    }

    nameBehind(id) {
        return this.contacts.get(id).own_name;
    }

    created(id, members) {
        const c = this.conversations.get(id);
        c.room = this.net.room('group', c.title, this.name);
        c.members.forEach((m) => { m.state = 'joined'; });
        this.rooms.set(c.room.id, c);
        c.room.append({ notice: { code: 'created', by: this.name } });
        members.forEach((m) => {
            c.room.members.push(this.nameBehind(m));
            c.room.append({ notice: { code: 'added', by: this.name, who: this.nameBehind(m) } });
        });
        c.at = c.room.entries.length;
    }

    changeMembers(c, code, id) {
        const who = this.nameBehind(id);
        c.room.append({ notice: { code, by: this.name, who } });
        c.room.members = code === 'added' ? [...c.room.members, who] : c.room.members.filter((n) => n !== who);
        c.at = c.room.entries.length;
    }

    /* Storing is what pull() does, when the entry comes back. */
    get holdStore() {
        return true;
    }
}

class Person {
    constructor(net, name) {
        Object.assign(this, { net, name, agent: new NetAgent(net, name) });
    }

    async start() {
        await this.agent.start();
        this.agent.running = true;
        this.net.turn();
    }

    async stop() {
        this.agent.running = false;
        await this.agent.stop();
    }

    kill() {
        return this.stop();
    }

    get faults() {
        return this.agent.faults;
    }

    async call(method, params = {}) {
        if (method === 'directory.claim') {
            this.agent.me.handle = `${params.handle}@${this.net.relay.name}`;
        }
        return this.agent.call(method, params);
    }

    async link() {
        return this.agent.link();
    }
}

export class MockWorld {
    constructor(fault = '') {
        this.fault = fault;
        this.people = [];
        this.rooms = [];
        this.relay = {
            name: 'relay.example', up: true,
            start: async () => this.setRelay(true), stop: async () => this.setRelay(false), kill: async () => this.setRelay(false),
        };
    }

    async person(name) {
        const p = new Person(this, name);
        this.people.push(p);
        await p.start();
        return p;
    }

    room(kind, title, creator) {
        const room = new Room(`r${this.rooms.length}`, kind, title, creator);
        this.rooms.push(room);
        return room;
    }

    setRelay(up) {
        this.relay.up = up;
        this.people.filter((p) => p.agent.running).forEach((p) => p.agent.setRelay(up ? 'online' : 'offline'));
        this.turn();
    }

    /* The entries to read at a place: one, unless the fault is due. */
    faulty(at, entries) {
        const [before, e, next] = [entries[at - 1], entries[at], entries[at + 1]];
        if (this.fault === 'swap' && at % 10 === 6 && next) {
            return [next];
        }
        if (this.fault === 'swap' && at % 10 === 7) {
            return [before];
        }
        const due = at % 10 === 6 && !e.notice;
        return due && this.fault === 'lose' ? [] : due && this.fault === 'double' ? [e, e] : [e];
    }

    turn() {
        for (let i = 0; i < 2; i++) {
            this.people.forEach((p) => p.agent.pull());
        }
    }

    /* Everybody else learns that one has everything so far. */
    mark(room, name) {
        this.people.filter((p) => p.name !== name && p.agent.rooms.has(room.id)).forEach((p) => {
            const c = p.agent.rooms.get(room.id);
            if (c.members.some((m) => m.contact === p.agent.idOf(name))) {
                p.agent.mark(c, p.agent.idOf(name), 9e9, 9e9);
            }
        });
    }
}
