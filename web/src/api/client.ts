/* The connection to the agent: JSON-RPC over one WebSocket, opened again whenever it breaks.
 * It knows requests, answers and events; what they mean is for the model. A call that was not
 * answered when the connection broke ends with Lost: whoever made it decides whether to call again. */
import { ERRORS, type Events, type Methods } from './types';

export type Link = 'connecting' | 'open' | 'lost' | 'refused' | 'none';
export type EventName = keyof Events;
export type OnEvent = <E extends EventName>(name: E, params: Events[E]) => void;

/** An error that the agent answered: a name out of docs/api.md and a sentence for people. */
export class RpcError extends Error {
    constructor(readonly name: string, message: string, readonly code: number) {
        super(message);
    }
}

/** The connection broke, or was not there: the agent may or may not have seen the request. */
export class Lost extends Error {}

/** What the client needs of a WebSocket. */
export interface Socket {
    send(text: string): void;
    close(): void;
    onopen: (() => void) | null;
    onmessage: ((event: { data: unknown }) => void) | null;
    onclose: (() => void) | null;
}

/** Where the session's secret lives. */
export interface Sessions {
    get(): string | null;
    keep(session: string | null): void;
}

export interface Parts {
    connect(): Socket;
    sessions: Sessions;
    onEvent: OnEvent;
    onLink(link: Link): void;
    later(run: () => void, ms: number): () => void;
    jitter(): number;
}

interface Pending {
    resolve(result: unknown): void;
    reject(error: Error): void;
}

const FIRST_WAIT = 200;
const LONGEST_WAIT = 5000;

export class Client {
    private socket: Socket | null = null;
    private pending = new Map<number, Pending>();
    private nextId = 1;
    private wait = FIRST_WAIT;
    private cancel: (() => void) | null = null;
    private link: Link = 'connecting';

    private secret: string | null = null;

    constructor(private readonly parts: Parts) {}

    /** Connects; `secret` is the one of the page's link, if it was opened with one. Also later, when
     * a further link is opened in the same tab. */
    start(secret: string | null): void {
        this.secret = secret;
        this.stop();
        this.dial();
    }

    /** Tries again at once, when a pause is running (the person came back, asked, or is online). */
    hurry(): void {
        if (this.cancel) {
            this.stop();
            this.wait = FIRST_WAIT;
            this.dial();
        }
    }

    get isOpen(): boolean {
        return this.link === 'open';
    }

    call<M extends keyof Methods>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
        if (!this.socket || this.link !== 'open') {
            return Promise.reject(new Lost());
        }
        return this.request(this.socket, method, params);
    }

    /** Ends the session for good: the page needs a fresh link afterwards. */
    async leave(): Promise<void> {
        await this.call('session.close', {}).catch(() => undefined);
        this.end('none');
    }

    private dial(): void {
        this.cancel = null;
        if (!this.secret && !this.parts.sessions.get()) {
            this.end('none');
            return;
        }
        const socket = this.parts.connect();
        this.socket = socket;
        socket.onopen = () => void this.open(socket);
        socket.onmessage = (event) => this.receive(socket, event.data);
        socket.onclose = () => this.broken(socket);
    }

    /* The link's secret stays until it was answered, for a connection can break before. A used link
     * does no harm to a tab that still has its session: that is tried next. */
    private async open(socket: Socket): Promise<void> {
        const secret = this.secret;
        const session = this.parts.sessions.get();
        try {
            const opened = await this.request(socket, 'session.open', secret ? { secret } : { session: session ?? '' });
            this.secret = null;
            this.parts.sessions.keep(opened.session);
            this.wait = FIRST_WAIT;
            this.say('open');
        } catch (error) {
            if (!(error instanceof RpcError)) {
                return;
            }
            this.secret = null;
            if (error.code !== ERRORS.session_refused) {
                socket.close();
            } else if (secret && session) {
                this.stop();
                this.dial();
            } else {
                this.end('refused');
            }
        }
    }

    private request<M extends keyof Methods>(
        socket: Socket, method: M, params: Methods[M]['params'],
    ): Promise<Methods[M]['result']> {
        const id = this.nextId++;
        const answer = new Promise<unknown>((resolve, reject) => this.pending.set(id, { resolve, reject }));
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
        return answer as Promise<Methods[M]['result']>;
    }

    private receive(socket: Socket, data: unknown): void {
        if (socket !== this.socket || typeof data !== 'string') {
            return;
        }
        const m = JSON.parse(data);
        if (typeof m.method === 'string') {
            this.parts.onEvent(m.method, m.params);
            return;
        }
        const pending = this.pending.get(m.id);
        this.pending.delete(m.id);
        if (m.error) {
            pending?.reject(new RpcError(m.error.data?.name ?? '', m.error.message, m.error.code));
        } else {
            pending?.resolve(m.result);
        }
    }

    private broken(socket: Socket): void {
        if (socket !== this.socket) {
            return;
        }
        this.stop();
        this.say('lost');
        const pause = this.wait * (0.75 + this.parts.jitter() / 2);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
        this.cancel = this.parts.later(() => this.dial(), pause);
    }

    /* Ends what runs, a connection or a pause; every call that waits learns it. */
    private stop(): void {
        this.cancel?.();
        this.cancel = null;
        const socket = this.socket;
        this.socket = null;
        const pending = [...this.pending.values()];
        this.pending.clear();
        pending.forEach((p) => p.reject(new Lost()));
        if (socket) {
            socket.onopen = socket.onmessage = socket.onclose = null;
            socket.close();
        }
    }

    private end(link: Link): void {
        this.stop();
        this.parts.sessions.keep(null);
        this.say(link);
    }

    private say(link: Link): void {
        this.link = link;
        this.parts.onLink(link);
    }
}
