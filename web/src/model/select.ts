/* What follows from the state: the list on the left, the rows of a history, who has read what. */
import type { Conversation, Member, Message } from '../api/types';
import type { State, Unsent } from './state';
import { daysApart } from './time';

/** Messages of one person stand together while no more than this lies between two of them (ms). */
const TOGETHER = 5 * 60_000;

export interface MessageRow {
    kind: 'message';
    key: string;
    message: Message;
    own: boolean;
    /** The page's own copy, not confirmed by the agent. */
    unsent: Unsent | null;
    /** First and last of what one person wrote in a row. */
    first: boolean;
    last: boolean;
}

export type Row =
    | { kind: 'day'; key: string; time: number }
    | { kind: 'unread'; key: string }
    | { kind: 'notice'; key: string; message: Message }
    | MessageRow;

function fromUnsent(u: Unsent, me: string): Message {
    return {
        id: u.clientId, conversation: u.conversation, order: null, sender: me, sender_name: '', time: u.time,
        state: u.refused ? 'failed' : 'waiting', client_id: u.clientId, text: u.text, cut: false,
        notice: null, sentence: u.refused,
    };
}

/* A message keeps its key from the moment it is written until it is read by everybody. */
function messageRow(message: Message, unsent: Unsent | null, me: string): MessageRow {
    return {
        kind: 'message', key: message.client_id ?? message.id, message, unsent,
        own: message.sender === me, first: true, last: true,
    };
}

function together(a: Row | undefined, b: MessageRow): boolean {
    return a?.kind === 'message' && a.message.sender === b.message.sender
        && Math.abs(b.message.time - a.message.time) <= TOGETHER;
}

/** The rows of a conversation: days, the line before what is new, notices and messages. */
export function rows(messages: Message[], unsent: Unsent[], me: string, divider: number): Row[] {
    const out: Row[] = [];
    let day = NaN;
    let divided = divider === 0;
    const items = [
        ...messages.map((m) => messageRow(m, null, me)),
        ...unsent.map((u) => messageRow(fromUnsent(u, me), u, me)),
    ];
    for (const item of items) {
        const m = item.message;
        if (Number.isNaN(day) || daysApart(day, m.time) !== 0) {
            out.push({ kind: 'day', key: `day-${item.key}`, time: m.time });
            day = m.time;
        }
        if (!divided && m.order !== null && m.order > divider && !item.own && !m.notice) {
            out.push({ kind: 'unread', key: 'unread' });
            divided = true;
        }
        if (m.notice) {
            out.push({ kind: 'notice', key: item.key, message: m });
            continue;
        }
        const before = out[out.length - 1];
        if (together(before, item) && before?.kind === 'message') {
            before.last = false;
            item.first = false;
        }
        out.push(item);
    }
    return out;
}

export type Step = 'waiting' | 'failed' | 'sent' | 'delivered' | 'read';

export interface Progress {
    step: Step;
    of: number;
    delivered: number;
    read: number;
}

/** Members to whom a message of mine was sent: those who were in before it. */
export function recipients(message: Message, members: Member[], me: string): Member[] {
    const order = message.order;
    return order === null ? [] : members.filter((m) => m.contact !== me && m.joined < order);
}

/** How far a message of mine has come. */
export function progress(message: Message, members: Member[], me: string): Progress {
    const order = message.order ?? 0;
    const to = recipients(message, members, me);
    const delivered = to.filter((m) => m.delivered >= order).length;
    const read = to.filter((m) => m.read >= order).length;
    const p = { of: to.length, delivered, read };
    if (message.state === 'waiting' || message.state === 'failed') {
        return { step: message.state, ...p };
    }
    const all = (n: number) => to.length > 0 && n === to.length;
    return { step: all(read) ? 'read' : all(delivered) ? 'delivered' : 'sent', ...p };
}

/** For each message (by key) the members whose read mark stands at it, of those in view. */
export function heads(list: Row[], members: Member[], me: string): Map<string, Member[]> {
    const out = new Map<string, Member[]>();
    const ordered = list.filter((r): r is MessageRow => r.kind === 'message' && r.message.order !== null);
    for (const member of members) {
        if (member.contact === me || member.read === 0) {
            continue;
        }
        let at = ordered.length - 1;
        while (at >= 0 && ordered[at]!.message.order! > member.read) {
            at--;
        }
        const row = ordered[at];
        if (row && row.message.sender !== member.contact) {
            out.set(row.key, [...(out.get(row.key) ?? []), member]);
        }
    }
    return out;
}

/** The list on the left, newest first, requests apart; `word` filters by title, then by members. */
export function listed(state: State, word: string): { requests: Conversation[]; others: Conversation[] } {
    const w = word.trim().toLocaleLowerCase();
    const titled = (c: Conversation) => c.title.toLocaleLowerCase().includes(w);
    const inside = (c: Conversation) =>
        c.members.some((m) => m.contact !== state.me?.id && m.name.toLocaleLowerCase().includes(w));
    const all = Object.values(state.conversations).filter((c) => !w || titled(c) || inside(c))
        .sort((a, b) => Number(titled(b)) - Number(titled(a)) || b.activity - a.activity || (a.id < b.id ? -1 : 1));
    return {
        requests: all.filter((c) => c.state === 'request'),
        others: all.filter((c) => c.state !== 'request'),
    };
}

/** Unread messages outside requests. */
export function unreadTotal(state: State): number {
    return Object.values(state.conversations)
        .reduce((n, c) => n + (c.state === 'request' ? 0 : c.unread), 0);
}

/** Whether a message can be written into this conversation. */
export function writable(c: Conversation, state: State): boolean {
    const blocked = c.kind === 'direct' && c.contact !== null && state.contacts[c.contact]?.blocked;
    return (c.state === 'open' || c.state === 'pending') && !blocked;
}

/** The newest order that may be told as read, or null. */
export function newestOrder(messages: Message[]): number | null {
    return messages.reduce<number | null>((n, m) => (m.order !== null && m.order > (n ?? 0) ? m.order : n), null);
}
