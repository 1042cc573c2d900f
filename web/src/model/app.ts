/* What the page does: turns what a person does into requests, and answers and events into actions
 * of the store. The views call it and read the store, and speak with nothing else. */
import { Client, Lost, type Link, type OnEvent, type Socket } from '../api/client';
import type { Alarm, Contact, Conversation, Message, Methods } from '../api/types';
import { t } from '../strings';
import { Outbox } from './outbox';
import { newestOrder } from './select';
import type { Dialog, Unsent } from './state';
import { Store } from './store';
import { plainName } from './text';

export interface World {
    connect(): Socket;
    sessions: { get(): string | null; keep(session: string | null): void };
    now(): number;
    random(): string;
    later(run: () => void, ms: number): () => void;
    jitter(): number;
}

const PAGE = 50;
const DRAFT_PAUSE = 500;

export class App {
    readonly store = new Store();
    private readonly client: Client;
    private readonly outbox: Outbox;
    private draftTimer: (() => void) | null = null;
    private draftPending: string | null = null;
    private problems = 0;

    constructor(private readonly world: World) {
        this.client = new Client({
            connect: () => world.connect(),
            sessions: world.sessions,
            onEvent: this.onEvent,
            onLink: (link) => this.onLink(link),
            later: (run, ms) => world.later(run, ms),
            jitter: () => world.jitter(),
        });
        this.outbox = new Outbox({
            send: async (u) => (await this.client.call('message.send', {
                conversation: u.conversation, text: u.text, client_id: u.clientId,
            })).message,
            confirmed: (message) => this.store.dispatch({ type: 'event.message', params: { message } }),
            refused: (u, sentence) => this.store.dispatch({ type: 'unsent_refused', clientId: u.clientId, sentence }),
            later: (run, ms) => world.later(run, ms),
        });
    }

    start(secret: string | null): void {
        this.client.start(secret);
    }

    hurry(): void {
        this.client.hurry();
    }

    /** Messages that would be lost if the page were closed now. */
    get unsaved(): number {
        return this.outbox.size;
    }

    now(): number {
        return this.world.now();
    }

    /* ---- connection ---- */

    private onLink(link: Link): void {
        this.store.dispatch({ type: 'link', link });
        if (link === 'open') {
            void this.load();
        }
    }

    /* After every (re)connection: all that is small, then the newest page of what is shown. Histories
     * of other conversations are dropped, because what happened in between is not known. */
    private async load(): Promise<void> {
        try {
            const [me, status, conversations, contacts, alarms] = await Promise.all([
                this.client.call('account.me', {}),
                this.client.call('account.status', {}),
                this.all<'conversation.list', Conversation>('conversation.list', (r) => r.conversations),
                this.all<'contact.list', Contact>('contact.list', (r) => r.contacts),
                this.client.call('alarm.list', {}),
            ]);
            this.store.dispatch({
                type: 'loaded', me: me.me, connection: status.connection, conversations, contacts, alarms: alarms.alarms,
            });
            this.outbox.open();
            this.flushDraft();
            const { selected, histories } = this.store.state;
            Object.keys(histories).filter((id) => id !== selected)
                .forEach((conversation) => this.store.dispatch({ type: 'history_drop', conversation }));
            if (selected) {
                await this.refresh(selected);
            }
        } catch (error) {
            this.fail(error);
        }
    }

    private async all<M extends 'conversation.list' | 'contact.list', T>(
        method: M, list: (result: Methods[M]['result']) => T[],
    ): Promise<T[]> {
        const out: T[] = [];
        let after: string | null = null;
        do {
            const params = (after === null ? { limit: 200 } : { limit: 200, after }) as Methods[M]['params'];
            const result: Methods[M]['result'] = await this.client.call(method, params);
            out.push(...list(result));
            after = result.next;
        } while (after !== null);
        return out;
    }

    private onEvent: OnEvent = (name, params) => {
        this.store.dispatch({ type: name, params } as Parameters<Store['dispatch']>[0], false);
        if (name === 'event.message') {
            this.speak((params as { message: Message }).message);
        }
    };

    /* For screen readers: what arrives where one is, in full; elsewhere, that something arrived. */
    private speak(m: Message): void {
        const { selected, conversations, me } = this.store.state;
        const c = conversations[m.conversation];
        if (m.state !== 'received' || m.sender === null || m.sender === me?.id || !c) {
            return;
        }
        const here = selected === m.conversation;
        const sentence = here ? t.saidNew(plainName(m.sender_name), m.text.slice(0, 300)) : t.saidElsewhere(plainName(c.title));
        this.store.dispatch({ type: 'said', sentence }, false);
    }

    /* ---- failures ---- */

    /** Shows why something did not work; the caller goes on as if nothing had been asked. */
    fail(error: unknown): void {
        const sentence = error instanceof Lost ? t.lost : error instanceof Error && error.message ? error.message : t.problem;
        this.store.dispatch({ type: 'problem', problem: { id: ++this.problems, sentence } });
    }

    private async attempt<T>(work: Promise<T>): Promise<T | null> {
        try {
            return await work;
        } catch (error) {
            this.fail(error);
            return null;
        }
    }

    /* ---- navigation ---- */

    select(id: string | null): void {
        this.flushDraft();
        this.store.dispatch({ type: 'select', conversation: id });
        if (id && !this.store.state.histories[id]) {
            void this.attempt(this.refresh(id));
        }
    }

    open(dialog: Dialog | null): void {
        this.store.dispatch({ type: 'dialog', dialog });
    }

    details(shown: boolean): void {
        this.store.dispatch({ type: 'details', shown });
    }

    dismiss(): void {
        this.store.dispatch({ type: 'problem', problem: null });
    }

    /* ---- history ---- */

    private async refresh(conversation: string): Promise<void> {
        const r = await this.client.call('message.list', { conversation, limit: PAGE });
        this.store.dispatch({ type: 'history', conversation, messages: r.messages, more: r.more, older: false });
    }

    async older(conversation: string): Promise<void> {
        const history = this.store.state.histories[conversation];
        const before = history?.messages[0]?.order ?? null;
        if (!history || history.loading || !history.more || before === null) {
            return;
        }
        this.store.dispatch({ type: 'history_loading', conversation });
        try {
            const r = await this.client.call('message.list', { conversation, before, limit: PAGE });
            this.store.dispatch({ type: 'history', conversation, messages: r.messages, more: r.more, older: true });
        } catch (error) {
            this.store.dispatch({ type: 'history_failed', conversation });
            this.fail(error);
        }
    }

    /** The end of a conversation is on the screen: what is far above it may go. */
    atEnd(id: string): void {
        this.store.dispatch({ type: 'history_trim', conversation: id });
    }

    /** The newest message of a conversation is on the screen, and somebody looks at it. */
    async seen(id: string): Promise<void> {
        const { conversations, histories } = this.store.state;
        const c = conversations[id];
        const upTo = newestOrder(histories[id]?.messages ?? []);
        if (!c || c.state === 'request' || upTo === null || upTo <= c.read) {
            return;
        }
        this.store.dispatch({ type: 'read', conversation: id, upTo, unread: 0 });
        await this.client.call('message.read', { conversation: id, up_to: upTo }).catch(() => undefined);
    }

    /* ---- writing ---- */

    send(conversation: string, text: string): void {
        const unsent: Unsent = {
            clientId: this.world.random(), conversation, text, time: this.world.now(), refused: '',
        };
        this.store.dispatch({ type: 'unsent', unsent });
        this.draft(conversation, '');
        this.flushDraft();
        this.outbox.add(unsent);
    }

    /** A failed message once more: its place is the end, for that is when it is said. */
    again(message: Message): void {
        if (message.client_id === null) {
            return;
        }
        const known = this.store.state.unsent.find((u) => u.clientId === message.client_id);
        if (known) {
            this.store.dispatch({ type: 'unsent_again', clientId: known.clientId });
        }
        this.outbox.add(known ?? {
            clientId: message.client_id, conversation: message.conversation, text: message.text,
            time: message.time, refused: '',
        });
    }

    async discard(message: Message, unsent: Unsent | null): Promise<void> {
        if (unsent) {
            this.store.dispatch({ type: 'unsent_gone', clientId: unsent.clientId });
            return;
        }
        const { conversation, id } = message;
        await this.attempt(this.client.call('message.discard', { conversation, message: id }));
    }

    draft(conversation: string, text: string): void {
        this.store.dispatch({ type: 'draft', conversation, text });
        if (this.draftPending !== conversation) {
            this.flushDraft();
        }
        this.draftPending = conversation;
        this.draftTimer?.();
        this.draftTimer = this.world.later(() => this.flushDraft(), DRAFT_PAUSE);
    }

    flushDraft(): void {
        const conversation = this.draftPending;
        this.draftTimer?.();
        this.draftTimer = this.draftPending = null;
        if (conversation) {
            const text = this.store.state.drafts[conversation] ?? '';
            this.client.call('conversation.set_draft', { conversation, text }).catch((error) => {
                if (error instanceof Lost) {
                    this.draftPending ??= conversation;
                }
            });
        }
    }

    /* ---- people ---- */

    /* addContact, createGroup, addMember, setName and claim throw: their dialog says why. */

    async addContact(address: string): Promise<void> {
        const r = await this.client.call('contact.add', { address });
        this.store.dispatch({ type: 'contact', contact: r.contact });
        this.enter(r.conversation);
    }

    async createGroup(title: string, members: string[]): Promise<void> {
        const r = await this.client.call('conversation.create_group', { title, members });
        this.enter(r.conversation);
    }

    async addMember(conversation: string, contact: string): Promise<void> {
        const r = await this.client.call('conversation.add', { conversation, contact });
        this.store.dispatch({ type: 'conversation', conversation: r.conversation });
        this.open(null);
    }

    private enter(conversation: Conversation): void {
        this.store.dispatch({ type: 'conversation', conversation });
        this.open(null);
        this.select(conversation.id);
    }

    async openDirect(contact: Contact): Promise<void> {
        if (contact.conversation && this.store.state.conversations[contact.conversation]) {
            this.open(null);
            this.select(contact.conversation);
        }
    }

    rename(contact: string, name: string): Promise<void> {
        return this.contactChange(this.client.call('contact.rename', { contact, name }));
    }

    block(contact: string, blocked: boolean): Promise<void> {
        return this.contactChange(this.client.call('contact.block', { contact, blocked }));
    }

    verify(contact: string, verified: boolean): Promise<void> {
        return this.contactChange(this.client.call('contact.set_verified', { contact, verified }));
    }

    private async contactChange(work: Promise<{ contact: Contact }>): Promise<void> {
        const r = await this.attempt(work);
        if (r) {
            this.store.dispatch({ type: 'contact', contact: r.contact });
        }
    }

    safety(contact: string): Promise<Methods['contact.safety']['result']> {
        return this.client.call('contact.safety', { contact });
    }

    /* ---- conversations ---- */

    private async change(work: Promise<{ conversation: Conversation }>): Promise<void> {
        const r = await this.attempt(work);
        if (r) {
            this.store.dispatch({ type: 'conversation', conversation: r.conversation });
        }
    }

    accept(conversation: string): Promise<void> {
        return this.change(this.client.call('conversation.accept', { conversation }));
    }

    async decline(conversation: string, block: boolean): Promise<void> {
        await this.attempt(this.client.call('conversation.decline', { conversation, block }));
    }

    removeMember(conversation: string, member: string): Promise<void> {
        return this.change(this.client.call('conversation.remove', { conversation, member }));
    }

    leave(conversation: string): Promise<void> {
        return this.change(this.client.call('conversation.leave', { conversation }));
    }

    members(conversation: string, after: string | null): Promise<Methods['conversation.members']['result']> {
        return this.client.call('conversation.members', after === null ? { conversation } : { conversation, after });
    }

    async actOn(alarm: Alarm): Promise<void> {
        if (alarm.action === 'verify' && alarm.contact) {
            this.open({ kind: 'safety', contact: alarm.contact, alarm: alarm.id });
        } else {
            await this.attempt(this.client.call('alarm.act', { alarm: alarm.id }));
        }
    }

    async clearAlarm(alarm: string): Promise<void> {
        await this.attempt(this.client.call('alarm.act', { alarm }));
    }

    /* ---- me ---- */

    async setName(name: string): Promise<void> {
        this.store.dispatch({ type: 'me', me: (await this.client.call('account.set_name', { name })).me });
    }

    async claim(handle: string): Promise<void> {
        this.store.dispatch({ type: 'me', me: (await this.client.call('directory.claim', { handle })).me });
    }

    async retryRelay(): Promise<void> {
        const r = await this.attempt(this.client.call('relay.retry', {}));
        if (r) {
            this.store.dispatch({ type: 'event.connection', params: r });
        }
    }

    async closeSession(): Promise<void> {
        this.flushDraft();
        await this.client.leave();
    }
}
