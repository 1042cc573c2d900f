/* The whole page: both sides, dialogs, what is wrong, and the keys that work everywhere. */
import { useEffect } from 'preact/hooks';
import type { App } from '../model/app';
import { listed } from '../model/select';
import type { State } from '../model/state';
import { t } from '../strings';
import { AlarmBar, ConversationView } from './conversation';
import { AddMemberDialog, GroupDialog, HelpDialog, NewDialog } from './dialogs';
import { Choose, Closed, Welcome } from './empty';
import { CloseIcon, OfflineIcon } from './icons';
import { MeDialog } from './me';
import { Receipts } from './receipt';
import { SafetyDialog } from './safety';
import { Sidebar } from './sidebar';

interface Props {
    app: App;
    state: State;
}

function step(app: App, by: number): void {
    const { requests, others } = listed(app.store.state, '');
    const all = [...requests, ...others];
    const at = all.findIndex((c) => c.id === app.store.state.selected);
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
    if (next) {
        app.select(next.id);
    }
}

/* Letters are read from the key's place, for Alt changes the character on some keyboards. */
function shortcut(e: KeyboardEvent, app: App): boolean {
    const state = app.store.state;
    const control = (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey;
    const alt = e.altKey && !e.ctrlKey && !e.metaKey && !e.shiftKey;
    if (control && e.code === 'KeyK') {
        app.select(innerWidth <= 720 ? null : state.selected);
        setTimeout(() => document.getElementById('search')?.focus(), 0);
    } else if (control && (e.key === '/' || e.code === 'Slash')) {
        app.open({ kind: 'help' });
    } else if (alt && e.code === 'KeyN') {
        app.open({ kind: 'new' });
    } else if (alt && e.code === 'KeyM') {
        app.open({ kind: 'me' });
    } else if (alt && e.code === 'KeyI') {
        app.details(!state.details);
    } else if (alt && e.code === 'KeyC') {
        document.getElementById('composer')?.focus();
    } else if (alt && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
        step(app, e.key === 'ArrowDown' ? 1 : -1);
    } else {
        return false;
    }
    return true;
}

/* Esc goes one step back: from a message to the composer, from the panel, from the conversation. */
function escape(app: App): void {
    const state = app.store.state;
    const composer = document.getElementById('composer');
    if (document.activeElement?.closest('.history') && composer) {
        composer.focus();
    } else if (state.details) {
        app.details(false);
    } else if (state.selected) {
        const id = state.selected;
        app.select(null);
        setTimeout(() => document.querySelector<HTMLElement>(`.entry[data-id="${CSS.escape(id)}"]`)?.focus(), 0);
    }
}

function useKeys(app: App): void {
    useEffect(() => {
        const onKey = (e: KeyboardEvent) => {
            const { link, loaded, dialog } = app.store.state;
            if (e.isComposing || e.defaultPrevented || !loaded || link === 'none' || link === 'refused' || dialog) {
                return;
            }
            if (shortcut(e, app)) {
                e.preventDefault();
            } else if (e.key === 'Escape') {
                escape(app);
            }
        };
        addEventListener('keydown', onKey);
        return () => removeEventListener('keydown', onKey);
    }, [app]);
}

/* On a narrow screen the browser's own "back" leads from a conversation to the list. */
function useBack(app: App, selected: string | null): void {
    useEffect(() => {
        const back = () => {
            if (history.state !== 'conversation' && app.store.state.selected && innerWidth <= 720) {
                app.select(null);
            }
        };
        addEventListener('popstate', back);
        return () => removeEventListener('popstate', back);
    }, [app]);
    useEffect(() => {
        if (innerWidth <= 720 && selected && history.state !== 'conversation') {
            history.pushState('conversation', '');
        } else if (!selected && history.state === 'conversation') {
            history.back();
        }
    }, [selected]);
}

function Strip({ app, state }: Props) {
    const relay = state.connection;
    if (state.link === 'lost') {
        return <p class="strip" role="status"><OfflineIcon /> <span>{t.agentLost}</span></p>;
    }
    if (!relay || relay.state === 'online' || !state.loaded) {
        return null;
    }
    const sentence = relay.state === 'connecting' ? t.relayConnecting(relay.relay) : t.relayOffline(relay.relay);
    return (
        <p class="strip" role="status" title={relay.sentence}>
            <OfflineIcon /> <span>{sentence}</span>
            {relay.state === 'offline' && (
                <button type="button" class="link" onClick={() => void app.retryRelay()}>{t.tryNow}</button>
            )}
        </p>
    );
}

function Dialogs({ app, state }: Props) {
    const d = state.dialog;
    switch (d?.kind) {
        case 'me': return <MeDialog app={app} state={state} />;
        case 'new': return <NewDialog app={app} state={state} />;
        case 'group': return <GroupDialog app={app} state={state} />;
        case 'help': return <HelpDialog app={app} />;
        case 'safety': return <SafetyDialog app={app} state={state} contact={d.contact} alarm={d.alarm} />;
        case 'receipts': return <Receipts app={app} state={state} conversation={d.conversation} message={d.message} />;
        case 'addMember': return <AddMemberDialog app={app} state={state} conversation={d.conversation} />;
        case undefined: return null;
    }
}

function Toast({ app, state }: Props) {
    const problem = state.problem;
    useEffect(() => {
        const timer = problem ? setTimeout(() => app.dismiss(), 8000) : 0;
        return () => clearTimeout(timer);
    }, [problem?.id]);
    return problem && (
        <div class="toast" role="alert">
            <p>{problem.sentence}</p>
            <button type="button" class="round" aria-label={t.dismiss} onClick={() => app.dismiss()}><CloseIcon /></button>
        </div>
    );
}

function Right({ app, state }: Props) {
    const c = state.selected ? state.conversations[state.selected] : undefined;
    if (c) {
        return <ConversationView app={app} state={state} c={c} />;
    }
    return Object.keys(state.conversations).length === 0 ? <Welcome app={app} state={state} /> : <Choose app={app} />;
}

export function Root({ app, state }: Props) {
    useKeys(app);
    useBack(app, state.selected);
    if (state.link === 'none' || state.link === 'refused') {
        return <Closed refused={state.link === 'refused'} />;
    }
    if (!state.loaded) {
        return <main class="choose" aria-busy="true"><p class="slow">{state.link === 'lost' ? t.agentLost : t.agentConnecting}</p></main>;
    }
    const wide = Object.values(state.alarms).filter((a) => a.conversation === null).sort((a, b) => b.time - a.time)[0];
    const empty = Object.keys(state.conversations).length === 0;
    return (
        <div class={`page ${state.selected || empty ? 'shows-right' : 'shows-left'} ${empty ? 'is-empty' : ''}`}>
            {wide && <AlarmBar app={app} alarm={wide} />}
            <Strip app={app} state={state} />
            <div class="sides">
                <Sidebar app={app} state={state} />
                <div class="right"><Right app={app} state={state} /></div>
            </div>
            <Toast app={app} state={state} />
            <Dialogs app={app} state={state} />
            <div class="sr-only" aria-live="polite">{state.said}</div>
        </div>
    );
}
