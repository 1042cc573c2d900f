/* What the page knows, as plain values that are never changed in place. reduce.ts makes the next
 * state of one and an action; what can be computed from it is in select.ts and not kept here. */
import type { Alarm, Connection, Contact, Conversation, Me, Message } from '../api/types';
import type { Link } from '../api/client';

/** A message that the agent has not confirmed: it lives in this page alone, so it is shown as
 * waiting and sent again, under the same client_id, until it is confirmed or refused. */
export interface Unsent {
    clientId: string;
    conversation: string;
    text: string;
    time: number;
    refused: string;
}

/** The newest part of a conversation's history, without gaps: messages with an order by order, then
 * those without by time. */
export interface History {
    messages: Message[];
    more: boolean;
    loading: boolean;
}

export type Dialog =
    | { kind: 'me' }
    | { kind: 'new' }
    | { kind: 'group' }
    | { kind: 'help' }
    | { kind: 'safety'; contact: string; alarm: string | null }
    | { kind: 'receipts'; conversation: string; message: string }
    | { kind: 'addMember'; conversation: string };

export interface State {
    link: Link;
    loaded: boolean;
    me: Me | null;
    connection: Connection | null;
    conversations: Record<string, Conversation>;
    contacts: Record<string, Contact>;
    alarms: Record<string, Alarm>;
    histories: Record<string, History>;
    unsent: Unsent[];
    drafts: Record<string, string>;
    selected: string | null;
    /** The read mark at the moment the conversation was opened: the line "new messages" is there. */
    divider: number;
    dialog: Dialog | null;
    details: boolean;
    problem: { id: number; sentence: string } | null;
    /** What a screen reader says next. */
    said: string;
}

export const initial: State = {
    link: 'connecting',
    loaded: false,
    me: null,
    connection: null,
    conversations: {},
    contacts: {},
    alarms: {},
    histories: {},
    unsent: [],
    drafts: {},
    selected: null,
    divider: 0,
    dialog: null,
    details: false,
    problem: null,
    said: '',
};

/** At the bottom of a conversation, older messages than so many are let go (and loaded again). */
export const KEPT = 400;
