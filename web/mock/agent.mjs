/* A stand-in for the agent that speaks docs/api.md with invented people, for working on the page and
 * for its tests. It is never shipped. What it gets and what it says is held to docs/api.json, so a
 * page that passes against it speaks the API. Tests drive it directly: hear(), mark(), setRelay(),
 * raise(), stop(), start(). */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { api, checkEvent, checkParams, checkResult } from '../tools/shape.mjs';
import { fingerprint, link, person, qr, seed } from './data.mjs';
import { methods } from './methods.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const HEADERS = {
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
};

export class Refusal extends Error {
    constructor(name, message, field) {
        super(message ?? api.errors[name].text);
        this.data = field ? { name, field } : { name };
        this.code = api.errors[name].code;
    }
}

export class MockAgent {
    constructor({ lively = false, empty = false, now = () => Date.now() } = {}) {
        this.lively = lively;
        this.now = now;
        this.contacts = new Map();
        this.conversations = new Map();
        this.alarms = new Map();
        this.sessions = new Set();
        this.secret = null;
        this.clients = new Set();
        this.outOfReach = new Set();
        this.faults = [];
        this.counter = 0;
        this.port = 0;
        this.connection = {
            relay: 'relay.example', state: 'online', last_contact: this.now(), retry_at: null, sentence: '',
        };
        this.me = {
            id: 'me', name: empty ? '' : 'Ada Virtanen', fingerprint: fingerprint('me'), link: link('me'), qr: qr(link('me')),
            handle: empty ? null : 'ada@relay.example', relay: 'relay.example',
        };
        if (!empty) {
            seed(this);
        }
    }

    /* ---- server ---- */

    async start() {
        this.http = createServer((req, res) => void this.serve(req, res));
        this.ws = new WebSocketServer({ server: this.http, path: '/rpc', maxPayload: api.limits.request_bytes });
        this.ws.on('connection', (socket) => this.accept(socket));
        await new Promise((done) => this.http.listen(this.port, '127.0.0.1', done));
        this.port = this.http.address().port;
    }

    /** As a killed process would: every connection breaks, what was accepted is kept. */
    async stop() {
        this.clients.forEach((c) => c.terminate());
        this.clients.clear();
        this.ws.close();
        this.http.closeAllConnections();
        await new Promise((done) => this.http.close(done));
    }

    link() {
        this.secret = randomBytes(32).toString('base64url');
        return `http://127.0.0.1:${this.port}/#secret=${this.secret}`;
    }

    async serve(req, res) {
        const path = normalize(req.url === '/' ? '/index.html' : req.url.split('?')[0]);
        try {
            const body = await readFile(join(DIST, path));
            res.writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' });
            res.end(body);
        } catch {
            res.writeHead(404, HEADERS);
            res.end();
        }
    }

    accept(socket) {
        let open = false;
        socket.on('message', (data) => {
            const request = JSON.parse(data.toString());
            const answer = (body) => socket.send(JSON.stringify({ jsonrpc: '2.0', id: request.id, ...body }));
            if (this.swallow?.(request)) {
                return;
            }
            try {
                if (!open && request.method !== 'session.open') {
                    throw new Refusal('session_needed');
                }
                const result = this.call(request.method, request.params ?? {});
                if (request.method === 'session.open') {
                    open = true;
                    this.clients.add(socket);
                }
                answer({ result });
            } catch (error) {
                if (!(error instanceof Refusal)) {
                    this.faults.push(String(error.stack));
                }
                answer({ error: { code: error.code ?? -32603, message: error.message, data: error.data } });
                if (error.data?.name === 'session_refused') {
                    socket.close(4401);
                }
            }
        });
        socket.on('close', () => this.clients.delete(socket));
    }

    call(method, params) {
        if (!methods[method]) {
            throw new Refusal('method_not_found');
        }
        const faults = checkParams(method, params);
        if (faults.length > 0) {
            this.faults.push(...faults.map((f) => `${method}: ${f}`));
            throw new Refusal('invalid_params', faults[0]);
        }
        const result = methods[method](this, params) ?? {};
        this.faults.push(...checkResult(method, result));
        return result;
    }

    tell(name, params) {
        this.faults.push(...checkEvent(name, params));
        const text = JSON.stringify({ jsonrpc: '2.0', method: name, params });
        this.clients.forEach((c) => c.send(text));
    }

    /* ---- what it holds ---- */

    id(kind) {
        return `${kind}${++this.counter}`;
    }

    nameOf(id) {
        return id === 'me' ? this.me.name : this.contacts.get(id)?.name ?? '';
    }

    makeConversation(kind, title, people, more = {}) {
        const c = {
            id: this.id('c'), kind, state: 'open', title, contact: null, role: 'admin', unread: 0, read: 0, draft: '',
            last_heard: this.now() - 12 * 60_000, activity: this.now(), next: 10, messages: [],
            members: people.map((id, i) => ({ contact: id, role: i === 0 ? 'admin' : 'member', state: 'joined', joined: 0, delivered: 0, read: 0 })),
            ...more,
        };
        this.conversations.set(c.id, c);
        return c;
    }

    show(c) {
        const members = c.members.map((m) => ({
            ...m, name: this.nameOf(m.contact), verified: m.contact === 'me' || Boolean(this.contacts.get(m.contact)?.verified),
            last_heard: this.contacts.get(m.contact)?.last_heard ?? null,
        }));
        const last = c.messages.at(-1) ?? null;
        const alarm = [...this.alarms.values()].filter((a) => a.conversation === c.id).at(-1) ?? null;
        const cut = last && [...last.text].length > 200;
        return {
            id: c.id, kind: c.kind, state: c.state, title: c.kind === 'direct' && c.contact ? this.nameOf(c.contact) : c.title,
            contact: c.contact, role: c.role, members: members.slice(0, 32), member_count: members.length,
            verified: members.every((m) => m.verified), unread: c.unread, read: c.read,
            last: last && { ...last, text: [...last.text].slice(0, 200).join(''), cut }, draft: c.draft, alarm,
            last_heard: c.last_heard, activity: c.activity,
        };
    }

    changed(c) {
        this.tell('event.conversation', { conversation: this.show(c) });
    }

    /* ---- what happens ---- */

    /** A message, already stored. */
    put(c, sender, text, time = this.now(), more = {}) {
        c.next += 1 + (this.counter % 3);
        const m = {
            id: this.id('m'), conversation: c.id, order: c.next, sender, sender_name: this.nameOf(sender), time,
            state: sender === 'me' ? 'sent' : 'received', client_id: sender === 'me' ? this.id('old-') : null, text, cut: false,
            notice: null, sentence: '', ...more,
        };
        if (m.order === null) {
            c.messages.push(m);
        } else {
            const at = c.messages.findIndex((x) => x.order === null);
            c.messages.splice(at < 0 ? c.messages.length : at, 0, m);
        }
        c.activity = time;
        if (sender === 'me') {
            c.read = Math.max(c.read, m.order ?? 0);
        }
        return m;
    }

    notice(c, notice, time = this.now()) {
        const n = {
            by: null, who: null, sentence: notice.code, ...notice,
            by_name: this.nameOf(notice.by), who_name: this.nameOf(notice.who),
        };
        return this.put(c, null, '', time, { sender_name: n.by_name, notice: n, state: 'received', client_id: null });
    }

    /** Somebody writes. */
    hear(c, sender, text) {
        const m = this.put(c, sender, text);
        c.unread++;
        c.last_heard = this.now();
        const known = this.contacts.get(sender);
        if (known) {
            known.last_heard = this.now();
        }
        this.tell('event.message', { message: m });
        this.changed(c);
        return m;
    }

    /** A member's devices have everything up to `delivered`, and the member has read up to `read`. */
    mark(c, who, delivered, read) {
        const top = c.messages.reduce((n, m) => Math.max(n, m.order ?? 0), 0);
        const m = c.members.find((x) => x.contact === who);
        m.delivered = Math.max(m.delivered, Math.min(delivered, top));
        m.read = Math.max(m.read, Math.min(read, top));
        this.tell('event.status', {
            conversation: c.id, contact: who, delivered: m.delivered, read: m.read, last_heard: this.now(),
        });
    }

    /** The relay is there, or not: then messages wait. */
    setRelay(state, sentence = '') {
        const offline = state !== 'online';
        this.connection = {
            ...this.connection, state, sentence, retry_at: offline ? this.now() + 30_000 : null,
            last_contact: offline ? this.connection.last_contact : this.now(),
        };
        this.tell('event.connection', { connection: this.connection });
        if (!offline && !this.holdStore) {
            this.conversations.forEach((c) => c.messages.filter((m) => m.state === 'waiting').forEach((m) => this.store(c, m)));
        }
    }

    /** The relay has a message of mine. */
    store(c, m) {
        c.next += 2;
        m.order = c.next;
        m.state = 'sent';
        c.read = m.order;
        c.messages.sort((a, b) => (a.order ?? 1e12) - (b.order ?? 1e12));
        this.tell('event.message', { message: m });
        this.changed(c);
        if (this.lively) {
            this.answer(c);
        }
    }

    answer(c) {
        const others = c.members.filter((m) => m.contact !== 'me' && m.state === 'joined' && c.state === 'open');
        others.forEach((m, i) => {
            setTimeout(() => this.mark(c, m.contact, 9e9, 0), 500 + 400 * i);
            setTimeout(() => this.mark(c, m.contact, 9e9, 9e9), 1500 + 900 * i);
        });
        const first = others[0];
        if (first) {
            setTimeout(() => this.hear(c, first.contact, ['Good.', 'I had hoped so.', 'Tell me more?', '🙂'][this.counter % 4]), 3000);
        }
    }

    fail(c, m, sentence) {
        m.state = 'failed';
        m.sentence = sentence;
        this.tell('event.message', { message: m });
    }

    raise(alarm) {
        const a = { id: this.id('a'), conversation: null, contact: null, action: 'act', time: this.now(), cleared: false, ...alarm };
        this.alarms.set(a.id, a);
        this.tell('event.alarm', { alarm: a });
        if (a.conversation) {
            this.changed(this.conversations.get(a.conversation));
        }
        return a;
    }

    person(id, name, more) {
        const p = person(id, name, more);
        this.contacts.set(id, p);
        return p;
    }

    byTitle(title) {
        return [...this.conversations.values()].find((c) => this.show(c).title === title);
    }
}
