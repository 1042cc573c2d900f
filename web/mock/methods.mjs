/* The mock agent's methods: one function for each of docs/api.json, which gets the agent and the
 * parameters (already checked) and gives the result. */
import { randomBytes } from 'node:crypto';
import { Refusal } from './agent.mjs';
import { link, qr, safety } from './data.mjs';
import { api } from '../tools/shape.mjs';

const HANDLE = /^[a-z][a-z0-9._-]{1,31}$/;

function contactOf(agent, id) {
    const c = agent.contacts.get(id);
    if (!c) {
        throw new Refusal('not_found');
    }
    return c;
}

function conversationOf(agent, id) {
    const c = agent.conversations.get(id);
    if (!c) {
        throw new Refusal('not_found');
    }
    return c;
}

function needRelay(agent) {
    if (agent.connection.state !== 'online') {
        throw new Refusal('relay_unreachable');
    }
}

function needAdmin(c) {
    if (c.kind !== 'group' || c.role !== 'admin' || c.state !== 'open') {
        throw new Refusal('not_allowed', 'Only an admin of the group can do that.');
    }
}

function paged(list, { after, limit = api.limits.list_limit_default }, name, show) {
    const from = after === undefined ? 0 : Number(after);
    const next = from + limit < list.length ? String(from + limit) : null;
    return { [name]: list.slice(from, from + limit).map(show), next };
}

function tellContact(agent, contact) {
    agent.tell('event.contact', { contact });
    for (const c of agent.conversations.values()) {
        if (c.members.some((m) => m.contact === contact.id)) {
            agent.changed(c);
        }
    }
    return { contact };
}

function add(agent, { address, name }) {
    const text = address.trim();
    let id;
    let called;
    if (/^sotto:/.test(text)) {
        if (text === agent.me.link) {
            throw new Refusal('link_own');
        }
        const found = [...agent.contacts.keys()].find((key) => link(key) === text);
        if (!found && !/^sotto:[^/]+\/[A-Za-z0-9_-]{200,}$/.test(text)) {
            throw new Refusal('link_malformed');
        }
        id = found ?? `new-${text.slice(-8)}`;
        called = name ?? 'New person';
    } else {
        const [handle, relay] = text.split('@');
        if (!HANDLE.test(handle) || !relay) {
            throw new Refusal(text.includes('@') ? 'handle_malformed' : 'link_malformed');
        }
        if (handle === 'nobody') {
            throw new Refusal('handle_unknown');
        }
        const found = [...agent.contacts.values()].find((c) => c.handle === text);
        id = found?.id ?? handle;
        called = name ?? handle.charAt(0).toUpperCase() + handle.slice(1);
    }
    needRelay(agent);
    const contact = agent.contacts.get(id)
        ?? agent.person(id, called, { own_name: '', state: 'invited', handle: text.includes('@') ? text : null });
    let c = contact.conversation && agent.conversations.get(contact.conversation);
    if (!c) {
        c = agent.makeConversation('direct', contact.name, ['me', id], { contact: id, state: 'pending', last_heard: null });
        c.members[1].state = 'invited';
        contact.conversation = c.id;
    }
    agent.tell('event.contact', { contact });
    agent.changed(c);
    return { contact, conversation: agent.show(c) };
}

function list(agent, { conversation, before, limit = api.limits.message_limit_default }) {
    const c = conversationOf(agent, conversation);
    const ordered = c.messages.filter((m) => m.order !== null && (before === undefined || m.order < before));
    const page = ordered.slice(-limit);
    const waiting = before === undefined ? c.messages.filter((m) => m.order === null) : [];
    return { messages: [...page, ...waiting], more: ordered.length > page.length };
}

function send(agent, { conversation, text, client_id: clientId }) {
    const c = conversationOf(agent, conversation);
    if (c.state !== 'open' && c.state !== 'pending') {
        throw new Refusal('not_allowed', 'You are not in this conversation.');
    }
    if (Buffer.byteLength(text) > api.limits.text_bytes) {
        throw new Refusal('limit');
    }
    let m = c.messages.find((x) => x.client_id === clientId);
    if (m && m.state !== 'failed') {
        return { message: m };
    }
    if (m) {
        m.state = 'waiting';
        m.sentence = '';
    } else {
        m = agent.put(c, 'me', text, agent.now(), { order: null, state: 'waiting', client_id: clientId });
    }
    c.draft = '';
    agent.tell('event.message', { message: m });
    agent.changed(c);
    if (agent.connection.state === 'online' && !agent.holdStore) {
        setTimeout(() => agent.store(c, m), agent.lively ? 250 : 5);
    }
    return { message: m };
}

export const methods = {
    'session.open': (agent, { secret, session }) => {
        if (secret !== undefined && secret === agent.secret) {
            agent.secret = null;
            const fresh = randomBytes(32).toString('base64url');
            agent.sessions.add(fresh);
            return { session: fresh, api: 1, agent: 'mock 0' };
        }
        if (session === undefined || !agent.sessions.has(session)) {
            throw new Refusal('session_refused');
        }
        return { session, api: 1, agent: 'mock 0' };
    },
    'session.close': (agent) => {
        agent.sessions.clear();
    },
    'session.link': () => {
        throw new Refusal('not_allowed');
    },
    'account.status': (agent) => {
        const all = [...agent.conversations.values()];
        return {
            agent: 'mock 0', connection: agent.connection,
            unread: all.reduce((n, c) => n + (c.state === 'request' ? 0 : c.unread), 0),
            requests: all.filter((c) => c.state === 'request').length, alarms: agent.alarms.size,
        };
    },
    'account.me': (agent) => ({ me: agent.me }),
    'account.set_name': (agent, { name }) => {
        agent.me = { ...agent.me, name };
        agent.tell('event.account', { me: agent.me });
        return { me: agent.me };
    },
    'directory.claim': (agent, { handle }) => {
        if (!HANDLE.test(handle)) {
            throw new Refusal('handle_malformed');
        }
        if (handle === 'taken') {
            throw new Refusal('handle_taken');
        }
        needRelay(agent);
        agent.me = { ...agent.me, handle: `${handle}@${agent.me.relay}` };
        agent.tell('event.account', { me: agent.me });
        return { me: agent.me };
    },
    'contact.add': add,
    'contact.list': (agent, params) => {
        const mine = [...agent.contacts.values()].filter((c) => c.state !== 'stranger').sort((a, b) => a.name.localeCompare(b.name));
        return paged(mine, params, 'contacts', (c) => c);
    },
    'contact.rename': (agent, { contact, name }) => {
        const c = contactOf(agent, contact);
        c.name = name || c.own_name;
        return tellContact(agent, c);
    },
    'contact.block': (agent, { contact, blocked }) => {
        const c = contactOf(agent, contact);
        c.blocked = blocked;
        return tellContact(agent, c);
    },
    'contact.safety': (agent, { contact }) => {
        const c = contactOf(agent, contact);
        const digits = safety('me', contact);
        return { digits, qr: qr(digits, 'M'), verified: c.verified };
    },
    'contact.set_verified': (agent, { contact, verified }) => {
        const c = contactOf(agent, contact);
        c.verified = verified;
        return tellContact(agent, c);
    },
    'conversation.list': (agent, params) => paged(
        [...agent.conversations.values()].sort((a, b) => b.activity - a.activity), params, 'conversations', (c) => agent.show(c)),
    'conversation.accept': (agent, { conversation }) => {
        const c = conversationOf(agent, conversation);
        c.state = 'open';
        const person = agent.contacts.get(c.contact);
        person.state = 'connected';
        tellContact(agent, person);
        return { conversation: agent.show(c) };
    },
    'conversation.decline': (agent, { conversation, block }) => {
        const c = conversationOf(agent, conversation);
        c.state = 'declined';
        agent.changed(c);
        agent.conversations.delete(c.id);
        if (block) {
            agent.contacts.get(c.contact).blocked = true;
        }
    },
    'conversation.create_group': (agent, { title, members }) => {
        members.forEach((id) => contactOf(agent, id));
        needRelay(agent);
        const c = agent.makeConversation('group', title, ['me', ...members]);
        c.members.slice(1).forEach((m) => { m.state = 'invited'; });
        agent.notice(c, { code: 'created', by: 'me' });
        agent.changed(c);
        return { conversation: agent.show(c) };
    },
    'conversation.members': (agent, { conversation, ...params }) => {
        const shown = agent.show(conversationOf(agent, conversation));
        return paged(shown.members, params, 'members', (m) => m);
    },
    'conversation.add': (agent, { conversation, contact }) => {
        const c = conversationOf(agent, conversation);
        contactOf(agent, contact);
        needAdmin(c);
        needRelay(agent);
        if (c.members.some((m) => m.contact === contact)) {
            throw new Refusal('exists');
        }
        const m = agent.notice(c, { code: 'added', by: 'me', who: contact });
        c.members.push({ contact, role: 'member', state: 'invited', joined: m.order, delivered: 0, read: 0 });
        agent.tell('event.message', { message: m });
        agent.changed(c);
        return { conversation: agent.show(c) };
    },
    'conversation.remove': (agent, { conversation, member }) => {
        const c = conversationOf(agent, conversation);
        needAdmin(c);
        needRelay(agent);
        c.members = c.members.filter((m) => m.contact !== member);
        agent.tell('event.message', { message: agent.notice(c, { code: 'removed', by: 'me', who: member }) });
        agent.changed(c);
        return { conversation: agent.show(c) };
    },
    'conversation.leave': (agent, { conversation }) => {
        const c = conversationOf(agent, conversation);
        c.state = 'left';
        agent.tell('event.message', { message: agent.notice(c, { code: 'left', who: 'me' }) });
        agent.changed(c);
        return { conversation: agent.show(c) };
    },
    'conversation.set_draft': (agent, { conversation, text }) => {
        conversationOf(agent, conversation).draft = text;
    },
    'message.list': list,
    'message.send': send,
    'message.discard': (agent, { conversation, message }) => {
        const c = conversationOf(agent, conversation);
        const m = c.messages.find((x) => x.id === message);
        if (m?.state !== 'failed') {
            throw new Refusal(m ? 'not_allowed' : 'not_found');
        }
        c.messages = c.messages.filter((x) => x !== m);
        agent.tell('event.message', { message: { ...m, state: 'discarded' } });
    },
    'message.read': (agent, { conversation, up_to: upTo }) => {
        const c = conversationOf(agent, conversation);
        if (c.state !== 'request' && upTo > c.read) {
            c.read = upTo;
            c.unread = c.messages.filter((m) => m.state === 'received' && !m.notice && m.order > upTo).length;
            agent.changed(c);
        }
        return { unread: c.unread };
    },
    'relay.status': (agent) => ({ connection: agent.connection }),
    'relay.retry': (agent) => {
        agent.retries = (agent.retries ?? 0) + 1;
        return { connection: agent.connection };
    },
    'alarm.list': (agent) => ({ alarms: [...agent.alarms.values()].reverse() }),
    'alarm.act': (agent, { alarm }) => {
        const a = agent.alarms.get(alarm);
        if (!a) {
            throw new Refusal('not_found');
        }
        agent.alarms.delete(alarm);
        agent.tell('event.alarm', { alarm: { ...a, cleared: true } });
        if (a.conversation) {
            agent.changed(agent.conversations.get(a.conversation));
        }
    },
};
