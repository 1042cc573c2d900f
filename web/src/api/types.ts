/* Written by web/tools/api.mjs from docs/api.json: change it there. */

export const API_VERSION = 1;

export const SUBPROTOCOL = 'sotto.rpc.1';

export const LIMITS = {
    request_bytes: 524288,
    response_bytes: 4194304,
    page_text_bytes: 1048576,
    text_bytes: 64000,
    name_chars: 64,
    title_chars: 64,
    handle_chars: 32,
    list_limit_max: 200,
    list_limit_default: 100,
    message_limit_max: 200,
    message_limit_default: 50,
    waiting_max: 200,
    members_inline_max: 32,
    preview_chars: 200,
    requests_in_flight_max: 64,
    connections_max: 16,
    queue_bytes: 8388608,
} as const;

/** Opaque, never empty. Compare for equality, nothing else. A person has the same Id everywhere: as a contact, a member and a sender. */
export type Id = string;

/** Milliseconds since 1970-01-01T00:00Z. */
export type Time = number;

/** The place of a message in its conversation, as this agent keeps it: greater than 0, strictly growing, with gaps. Pages, read marks and receipts all speak of it. */
export type Order = number;

/** A QR code without its quiet zone. */
export interface Qr {
    size: number;
    rows: string[];
}

/** Where the agent stands with the relay. */
export type ConnectionState = 'online' | 'connecting' | 'offline';

/** The agent's connection to its relay (not the page's to the agent). */
export interface Connection {
    relay: string;
    state: ConnectionState;
    last_contact: Time | null;
    retry_at: Time | null;
    sentence: string;
}

/** The person whose agent this is. */
export interface Me {
    id: Id;
    name: string;
    fingerprint: string;
    link: string;
    qr: Qr;
    handle: string | null;
    relay: string;
}

/** `stranger`: seen in a request or a group, not added; `invited`: added, has not answered yet; `connected`: both sides have agreed. */
export type ContactState = 'stranger' | 'invited' | 'connected';

/** A person other than me. */
export interface Contact {
    id: Id;
    name: string;
    own_name: string;
    handle: string | null;
    fingerprint: string;
    state: ContactState;
    verified: boolean;
    blocked: boolean;
    conversation: Id | null;
    last_heard: Time | null;
}

/** Admins add and remove members. */
export type Role = 'admin' | 'member';

/** `invited`: added, but nothing has been heard from them in this conversation; `leaving`: asked to leave, the commit is not made yet. */
export type MemberState = 'joined' | 'invited' | 'leaving';

/** A person in a conversation; I am one too. */
export interface Member {
    contact: Id;
    name: string;
    role: Role;
    state: MemberState;
    verified: boolean;
    joined: Order;
    delivered: Order;
    read: Order;
    last_heard: Time | null;
}

/** What a notice tells. `expired`: messages went by before this device could fetch them. */
export type NoticeCode = 'created' | 'added' | 'joined' | 'removed' | 'left' | 'accepted' | 'verified' | 'unverified' | 'expired' | 'other';

/** A line in the conversation that nobody wrote. */
export interface Notice {
    code: NoticeCode;
    by: Id | null;
    by_name: string;
    who: Id | null;
    who_name: string;
    sentence: string;
}

/** `received`: someone else's, or a notice; own ones: `waiting`: in the agent's encrypted store, not at the relay; `sent`: stored durably at the relay; `failed`: will not be sent, `sentence` says why; `discarded`: in the last event about a failed one, never in a list. What the members have received and read is in their marks (Member). */
export type MessageState = 'received' | 'waiting' | 'sent' | 'failed' | 'discarded';

/** A message or a notice. */
export interface Message {
    id: Id;
    conversation: Id;
    order: Order | null;
    sender: Id | null;
    sender_name: string;
    time: Time;
    state: MessageState;
    client_id: string | null;
    text: string;
    cut: boolean;
    notice: Notice | null;
    sentence: string;
}

/** What went wrong; the sentence says it to people. `dropped`, `reordered`, `forked`, `rolled_back`: the relay lied; `bad_commit`, `stuck`, `gone`: this device lost its place; `copy_found`: a copy of this store is running; `list_forked`: two device lists of one person; `key_changed`: a verified person's keys are others now; `storage`: the store cannot be written. */
export type AlarmCode = 'dropped' | 'reordered' | 'forked' | 'rolled_back' | 'bad_commit' | 'stuck' | 'gone' | 'copy_found' | 'list_forked' | 'key_changed' | 'storage' | 'other';

/** What the button does: `act`: call alarm.act; `verify`: show the safety number of `contact`, then call alarm.act once it was marked as verified. */
export type AlarmAction = 'act' | 'verify';

/** One sentence and one button. */
export interface Alarm {
    id: Id;
    code: AlarmCode;
    conversation: Id | null;
    contact: Id | null;
    sentence: string;
    button: string;
    action: AlarmAction;
    time: Time;
    cleared: boolean;
}

export type ConversationKind = 'direct' | 'group';

/** `request`: a stranger wrote, or a person whom I did not add put me in a group: nothing leaves before I accept; `pending`: I wrote first and they have not answered; `open`; `left`, `removed`: history only; `declined`: in the last event about it, never in a list. */
export type ConversationState = 'request' | 'pending' | 'open' | 'left' | 'removed' | 'declined';

/** A direct conversation or a group. */
export interface Conversation {
    id: Id;
    kind: ConversationKind;
    state: ConversationState;
    title: string;
    contact: Id | null;
    role: Role;
    members: Member[];
    member_count: number;
    verified: boolean;
    unread: number;
    read: Order;
    last: Message | null;
    draft: string;
    alarm: Alarm | null;
    last_heard: Time | null;
    activity: Time;
}

export interface Methods {
    'session.open': {
        params: {
            secret?: string;
            session?: string;
        };
        result: {
            session: string;
            api: number;
            agent: string;
        };
    };
    'session.close': {
        params: Record<string, never>;
        result: Record<string, never>;
    };
    'session.link': {
        params: Record<string, never>;
        result: {
            link: string;
        };
    };
    'account.status': {
        params: Record<string, never>;
        result: {
            agent: string;
            connection: Connection;
            unread: number;
            requests: number;
            alarms: number;
        };
    };
    'account.me': {
        params: Record<string, never>;
        result: {
            me: Me;
        };
    };
    'account.set_name': {
        params: {
            name: string;
        };
        result: {
            me: Me;
        };
    };
    'directory.claim': {
        params: {
            handle: string;
        };
        result: {
            me: Me;
        };
    };
    'contact.add': {
        params: {
            address: string;
            name?: string;
        };
        result: {
            contact: Contact;
            conversation: Conversation;
        };
    };
    'contact.list': {
        params: {
            after?: string;
            limit?: number;
        };
        result: {
            contacts: Contact[];
            next: string | null;
        };
    };
    'contact.rename': {
        params: {
            contact: Id;
            name: string;
        };
        result: {
            contact: Contact;
        };
    };
    'contact.block': {
        params: {
            contact: Id;
            blocked: boolean;
        };
        result: {
            contact: Contact;
        };
    };
    'contact.safety': {
        params: {
            contact: Id;
        };
        result: {
            digits: string;
            qr: Qr;
            verified: boolean;
        };
    };
    'contact.set_verified': {
        params: {
            contact: Id;
            verified: boolean;
        };
        result: {
            contact: Contact;
        };
    };
    'conversation.list': {
        params: {
            after?: string;
            limit?: number;
        };
        result: {
            conversations: Conversation[];
            next: string | null;
        };
    };
    'conversation.accept': {
        params: {
            conversation: Id;
        };
        result: {
            conversation: Conversation;
        };
    };
    'conversation.decline': {
        params: {
            conversation: Id;
            block: boolean;
        };
        result: Record<string, never>;
    };
    'conversation.create_group': {
        params: {
            title: string;
            members: Id[];
        };
        result: {
            conversation: Conversation;
        };
    };
    'conversation.members': {
        params: {
            conversation: Id;
            after?: string;
            limit?: number;
        };
        result: {
            members: Member[];
            next: string | null;
        };
    };
    'conversation.add': {
        params: {
            conversation: Id;
            contact: Id;
        };
        result: {
            conversation: Conversation;
        };
    };
    'conversation.remove': {
        params: {
            conversation: Id;
            member: Id;
        };
        result: {
            conversation: Conversation;
        };
    };
    'conversation.leave': {
        params: {
            conversation: Id;
        };
        result: {
            conversation: Conversation;
        };
    };
    'conversation.set_draft': {
        params: {
            conversation: Id;
            text: string;
        };
        result: Record<string, never>;
    };
    'message.list': {
        params: {
            conversation: Id;
            before?: Order;
            limit?: number;
        };
        result: {
            messages: Message[];
            more: boolean;
        };
    };
    'message.send': {
        params: {
            conversation: Id;
            text: string;
            client_id: string;
        };
        result: {
            message: Message;
        };
    };
    'message.discard': {
        params: {
            conversation: Id;
            message: Id;
        };
        result: Record<string, never>;
    };
    'message.read': {
        params: {
            conversation: Id;
            up_to: Order;
        };
        result: {
            unread: number;
        };
    };
    'relay.status': {
        params: Record<string, never>;
        result: {
            connection: Connection;
        };
    };
    'relay.retry': {
        params: Record<string, never>;
        result: {
            connection: Connection;
        };
    };
    'alarm.list': {
        params: Record<string, never>;
        result: {
            alarms: Alarm[];
        };
    };
    'alarm.act': {
        params: {
            alarm: Id;
        };
        result: Record<string, never>;
    };
}

export interface Events {
    'event.message': {
        message: Message;
    };
    'event.status': {
        conversation: Id;
        contact: Id;
        delivered: Order;
        read: Order;
        last_heard: Time | null;
    };
    'event.conversation': {
        conversation: Conversation;
    };
    'event.contact': {
        contact: Contact;
    };
    'event.account': {
        me: Me;
    };
    'event.connection': {
        connection: Connection;
    };
    'event.alarm': {
        alarm: Alarm;
    };
}

export const ERRORS = {
    parse_error: -32700,
    invalid_request: -32600,
    method_not_found: -32601,
    invalid_params: -32602,
    internal: -32603,
    session_needed: 1001,
    session_refused: 1002,
    busy: 1003,
    not_found: 1101,
    not_allowed: 1102,
    exists: 1103,
    limit: 1104,
    relay_unreachable: 1201,
    relay_refused: 1202,
    link_malformed: 1301,
    link_own: 1302,
    handle_malformed: 1303,
    handle_taken: 1304,
    handle_unknown: 1305,
} as const;
