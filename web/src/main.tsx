/* Starts the page: joins the model to this browser (WebSocket, sessionStorage, clock) and draws. */
import { render } from 'preact';
import { SUBPROTOCOL } from './api/types';
import type { Socket } from './api/client';
import { App } from './model/app';
import { unreadTotal } from './model/select';
import { applyTheme } from './model/theme';
import { t } from './strings';
import { Root } from './views/root';

const SESSION = 'sotto.session';

/* The secret leaves the address bar, and with it the browser's history, before anything else. */
function takeSecret(): string | null {
    const secret = new URLSearchParams(location.hash.slice(1)).get('secret');
    if (secret) {
        history.replaceState(null, '', location.pathname);
    }
    return secret;
}

function randomId(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

const app = new App({
    connect: () => new WebSocket(`ws://${location.host}/rpc`, SUBPROTOCOL) as unknown as Socket,
    sessions: {
        get: () => sessionStorage.getItem(SESSION),
        keep: (session) => (session ? sessionStorage.setItem(SESSION, session) : sessionStorage.removeItem(SESSION)),
    },
    now: () => Date.now(),
    random: randomId,
    later: (run, ms) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
    },
    jitter: () => Math.random(),
});

function draw(): void {
    const state = app.store.state;
    const unread = unreadTotal(state);
    document.title = unread > 0 ? `(${unread}) ${t.sotto}` : t.sotto;
    render(<Root app={app} state={state} />, document.getElementById('app')!);
}

/* What the person did is drawn at once, events once a frame; a page out of sight has no frames. */
let drawn = true;
function drawOnce(): void {
    if (!drawn) {
        drawn = true;
        draw();
    }
}
app.store.listen((urgent) => {
    const waiting = !drawn;
    drawn = false;
    if (urgent) {
        queueMicrotask(drawOnce);
    } else if (!waiting) {
        requestAnimationFrame(drawOnce);
        setTimeout(drawOnce, 100);
    }
});
setInterval(draw, 60_000);

addEventListener('hashchange', () => {
    const secret = takeSecret();
    if (secret) {
        app.start(secret);
    }
});
addEventListener('online', () => app.hurry());
document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') {
        app.hurry();
    } else {
        app.flushDraft();
    }
});
addEventListener('beforeunload', (event) => {
    app.flushDraft();
    if (app.unsaved > 0) {
        event.preventDefault();
    }
});

applyTheme();
draw();
app.start(takeSecret());
