/* The next state of the page, from the one before and an action. Pure: no clock, no connection. */
import type { Link } from '../api/client';
import type { Alarm, Connection, Contact, Conversation, Events, Me, Message } from '../api/types';
import { KEPT, initial, type Dialog, type History, type State, type Unsent } from './state';

export type Action =
    | { type: 'link'; link: Link }
    | { type: 'loaded'; me: Me; connection: Connection; conversations: Conversation[]; contacts: Contact[]; alarms: Alarm[] }
    | { type: 'history_loading'; conversation: string }
    | { type: 'history'; conversation: string; messages: Message[]; more: boolean; older: boolean }
    | { type: 'history_failed'; conversation: string }
    | { type: 'history_trim'; conversation: string }
    | { type: 'history_drop'; conversation: string }
    | { [E in keyof Events]: { type: E; params: Events[E] } }[keyof Events]
    | { type: 'conversation'; conversation: Conversation }
    | { type: 'contact'; contact: Contact }
    | { type: 'me'; me: Me }
    | { type: 'read'; conversation: string; upTo: number; unread: number }
    | { type: 'select'; conversation: string | null }
    | { type: 'unsent'; unsent: Unsent }
    | { type: 'unsent_refused'; clientId: string; sentence: string }
    | { type: 'unsent_again'; clientId: string }
    | { type: 'unsent_gone'; clientId: string }
    | { type: 'draft'; conversation: string; text: string }
    | { type: 'dialog'; dialog: Dialog | null }
    | { type: 'details'; shown: boolean }
    | { type: 'problem'; problem: State['problem'] }
    | { type: 'said'; sentence: string };

/** Order of messages: those with an order by it, then the others by time. */
export function compareMessages(a: Message, b: Message): number {
    if (a.order !== null && b.order !== null) {
        return a.order - b.order;
    }
    if (a.order !== null || b.order !== null) {
        return a.order !== null ? -1 : 1;
    }
    return a.time - b.time || (a.id < b.id ? -1 : 1);
}

function oldest(messages: Message[]): number | null {
    return messages[0]?.order ?? null;
}

function newest(messages: Message[]): number | null {
    for (let i = messages.length - 1; i >= 0; i--) {
        const order = messages[i]?.order ?? null;
        if (order !== null) {
            return order;
        }
    }
    return null;
}

/* One message, new or known. What lies before the loaded part is left to a page of the history. */
function putMessage(history: History, message: Message): History {
    const others = history.messages.filter((m) => m.id !== message.id);
    if (message.state === 'discarded') {
        return { ...history, messages: others };
    }
    const first = oldest(history.messages);
    if (history.more && message.order !== null && first !== null && message.order < first) {
        return history;
    }
    let at = others.length;
    while (at > 0 && compareMessages(others[at - 1]!, message) > 0) {
        at--;
    }
    return { ...history, messages: [...others.slice(0, at), message, ...others.slice(at)] };
}

/* An older page goes before what is there. The newest page replaces what it overlaps; when it does
 * not touch what is there, something in between is unknown, and what is there is let go. */
function putPage(history: History | undefined, messages: Message[], more: boolean, older: boolean): History {
    if (!history) {
        return { messages, more, loading: false };
    }
    if (older) {
        const first = oldest(history.messages);
        const fresh = messages.filter((m) => m.order !== null && (first === null || m.order < first));
        return { messages: [...fresh, ...history.messages], more, loading: false };
    }
    const from = oldest(messages);
    const known = newest(history.messages);
    if (from === null || known === null || known < from) {
        return { messages, more, loading: false };
    }
    const before = history.messages.filter((m) => m.order !== null && m.order < from);
    return {
        messages: [...before, ...messages],
        more: before.length > 0 ? history.more : more,
        loading: false,
    };
}

function putHistory(state: State, conversation: string, history: History | undefined): State {
    const histories = { ...state.histories };
    if (history) {
        histories[conversation] = history;
    } else {
        delete histories[conversation];
    }
    return { ...state, histories };
}

function onMessage(state: State, message: Message): State {
    const history = state.histories[message.conversation];
    const put = history ? putHistory(state, message.conversation, putMessage(history, message)) : state;
    const next = message.conversation === state.selected ? put : trim(put, message.conversation);
    return confirmed(next, message);
}

/* The agent has it: the page's own copy goes. */
function confirmed(state: State, message: Message): State {
    if (!message.client_id || !state.unsent.some((u) => u.clientId === message.client_id)) {
        return state;
    }
    return { ...state, unsent: state.unsent.filter((u) => u.clientId !== message.client_id) };
}

function onStatus(state: State, s: Events['event.status']): State {
    const conversation = state.conversations[s.conversation];
    if (!conversation) {
        return state;
    }
    const members = conversation.members.map((m) => (m.contact !== s.contact ? m : {
        ...m,
        read: Math.max(m.read, s.read),
        delivered: Math.max(m.delivered, s.delivered, s.read),
        last_heard: s.last_heard ?? m.last_heard,
    }));
    return { ...state, conversations: { ...state.conversations, [s.conversation]: { ...conversation, members } } };
}

/* The read mark never goes back, whatever crosses on the way. */
function onConversation(state: State, conversation: Conversation): State {
    if (conversation.state === 'declined') {
        const conversations = { ...state.conversations };
        delete conversations[conversation.id];
        const selected = state.selected === conversation.id ? null : state.selected;
        return putHistory({ ...state, conversations, selected }, conversation.id, undefined);
    }
    const known = state.conversations[conversation.id];
    const next = { ...conversation, read: Math.max(conversation.read, known?.read ?? 0) };
    return { ...state, conversations: { ...state.conversations, [next.id]: next } };
}

function onAlarm(state: State, alarm: Alarm): State {
    const alarms = { ...state.alarms };
    if (alarm.cleared) {
        delete alarms[alarm.id];
    } else {
        alarms[alarm.id] = alarm;
    }
    return { ...state, alarms };
}

const byId = <T extends { id: string }>(list: T[]): Record<string, T> =>
    Object.fromEntries(list.map((x) => [x.id, x]));

function onLoaded(state: State, a: Extract<Action, { type: 'loaded' }>): State {
    const conversations = byId(a.conversations);
    const drafts = { ...state.drafts };
    for (const c of a.conversations) {
        drafts[c.id] ??= c.draft;
    }
    const selected = state.selected && conversations[state.selected] ? state.selected : null;
    return {
        ...state, loaded: true, me: a.me, connection: a.connection, conversations,
        contacts: byId(a.contacts), alarms: byId(a.alarms), drafts, selected,
    };
}

function onSelect(state: State, id: string | null): State {
    const conversation = id ? state.conversations[id] : undefined;
    const unread = conversation && conversation.unread > 0 && conversation.state !== 'request';
    return {
        ...state,
        selected: conversation ? conversation.id : null,
        divider: unread ? conversation.read : 0,
        details: state.details && Boolean(conversation),
    };
}

function changeUnsent(state: State, clientId: string, refused: string): State {
    return { ...state, unsent: state.unsent.map((u) => (u.clientId === clientId ? { ...u, refused } : u)) };
}

function onHistory(state: State, a: Extract<Action, { type: 'history' }>): State {
    const history = putPage(state.histories[a.conversation], a.messages, a.more, a.older);
    return a.messages.reduce(confirmed, putHistory(state, a.conversation, history));
}

function setLoading(state: State, conversation: string, loading: boolean): State {
    const history = state.histories[conversation];
    return history ? putHistory(state, conversation, { ...history, loading }) : state;
}

function trim(state: State, conversation: string): State {
    const history = state.histories[conversation];
    if (!history || history.messages.length <= KEPT) {
        return state;
    }
    return putHistory(state, conversation, { ...history, messages: history.messages.slice(-KEPT / 2), more: true });
}

function onRead(state: State, id: string, upTo: number, unread: number): State {
    const c = state.conversations[id];
    return c ? { ...state, conversations: { ...state.conversations, [id]: { ...c, read: Math.max(c.read, upTo), unread } } } : state;
}

export function reduce(state: State, a: Action): State {
    switch (a.type) {
        case 'link': return a.link === 'refused' || a.link === 'none'
            ? { ...initial, link: a.link } : { ...state, link: a.link };
        case 'loaded': return onLoaded(state, a);
        case 'history': return onHistory(state, a);
        case 'history_loading': return setLoading(state, a.conversation, true);
        case 'history_failed': return setLoading(state, a.conversation, false);
        case 'history_trim': return trim(state, a.conversation);
        case 'history_drop': return putHistory(state, a.conversation, undefined);
        case 'event.message': return onMessage(state, a.params.message);
        case 'event.status': return onStatus(state, a.params);
        case 'event.conversation': return onConversation(state, a.params.conversation);
        case 'conversation': return onConversation(state, a.conversation);
        case 'event.contact': return { ...state, contacts: { ...state.contacts, [a.params.contact.id]: a.params.contact } };
        case 'contact': return { ...state, contacts: { ...state.contacts, [a.contact.id]: a.contact } };
        case 'event.account': return { ...state, me: a.params.me };
        case 'me': return { ...state, me: a.me };
        case 'event.connection': return { ...state, connection: a.params.connection };
        case 'event.alarm': return onAlarm(state, a.params.alarm);
        case 'read': return onRead(state, a.conversation, a.upTo, a.unread);
        case 'select': return onSelect(state, a.conversation);
        case 'unsent': return { ...state, unsent: [...state.unsent, a.unsent], divider: 0 };
        case 'unsent_refused': return changeUnsent(state, a.clientId, a.sentence);
        case 'unsent_again': return changeUnsent(state, a.clientId, '');
        case 'unsent_gone': return { ...state, unsent: state.unsent.filter((u) => u.clientId !== a.clientId) };
        case 'draft': return { ...state, drafts: { ...state.drafts, [a.conversation]: a.text } };
        case 'dialog': return { ...state, dialog: a.dialog };
        case 'details': return { ...state, details: a.shown };
        case 'problem': return { ...state, problem: a.problem };
        case 'said': return { ...state, said: a.sentence };
    }
}
