/* The left side: who I am, the search field, requests, conversations. Arrow keys move in the list;
 * one entry of it is in the tab order. */
import { memo } from 'preact/compat';
import { useRef, useState } from 'preact/hooks';
import type { Conversation } from '../api/types';
import type { App } from '../model/app';
import { listed } from '../model/select';
import type { State } from '../model/state';
import { plainName } from '../model/text';
import { listTime } from '../model/time';
import { t } from '../strings';
import { AlertIcon, PenIcon, SearchIcon } from './icons';
import { noticeText } from './notice';
import { Avatar, Name, VerifiedMark } from './parts';
import { StateIcon, stepOf } from './receipt';

function Preview({ c, draft, me }: { c: Conversation; draft: string; me: string }) {
    const last = c.last;
    if (c.state === 'request') {
        return <>{c.kind === 'group' ? t.addedYou(plainName(c.title)) : t.wantsToWrite}</>;
    }
    if (draft) {
        return <><span class="preview-draft">{t.draft}</span> <bdi>{draft}</bdi></>;
    }
    if (!last) {
        return <span class="faint">{t.noMessages}</span>;
    }
    if (last.notice) {
        return <>{noticeText(last.notice, me)}</>;
    }
    const own = last.sender === me;
    const from = own ? t.you : c.kind === 'group' ? plainName(last.sender_name) : '';
    return <>{from && <span>{t.from(from)} </span>}<bdi>{last.text}</bdi></>;
}

interface EntryProps {
    c: Conversation;
    current: boolean;
    tab: boolean;
    draft: string;
    me: string;
    now: string;
    onOpen(id: string): void;
}

const Entry = memo(function Entry({ c, current, tab, draft, me, now, onOpen }: EntryProps) {
    const request = c.state === 'request';
    const own = c.last && c.last.sender === me;
    return (
        <li>
            <button type="button" class={`entry${request ? ' entry-request' : ''}`} data-id={c.id} tabIndex={tab ? 0 : -1}
                aria-current={current ? 'true' : undefined} onClick={() => onOpen(c.id)}>
                <Avatar id={c.contact && c.kind === 'direct' ? c.contact : c.id} name={c.title} size="medium" group={c.kind === 'group'} />
                <span class="entry-main">
                    <span class="entry-top">
                        <span class="entry-title"><Name name={c.title} />{c.verified && <VerifiedMark />}</span>
                        <time class="entry-time">{now}</time>
                    </span>
                    <span class="entry-bottom">
                        {own && !draft && <StateIcon step={stepOf(c.last!, c.members, me)} />}
                        <span class="entry-preview" dir="auto"><Preview c={c} draft={draft} me={me} /></span>
                        {c.alarm && <span class="entry-alarm" role="img" aria-label={t.needsAttention}><AlertIcon /></span>}
                        {c.unread > 0 && !request && (
                            <span class="badge" aria-label={t.unread(c.unread)}>{c.unread > 999 ? '999+' : c.unread}</span>
                        )}
                    </span>
                </span>
            </button>
        </li>
    );
});

function moveFocus(event: KeyboardEvent): void {
    const list = event.currentTarget as HTMLElement;
    const entries = [...list.querySelectorAll<HTMLElement>('.entry')];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    const entry = to === undefined ? undefined : entries[to];
    if (entry) {
        event.preventDefault();
        entry.focus();
    }
}

interface ListProps {
    title: string;
    list: Conversation[];
    state: State;
    first: string | undefined;
    app: App;
}

function List({ title, list, state, first, app }: ListProps) {
    if (list.length === 0) {
        return null;
    }
    const now = app.now();
    return (
        <section aria-label={title}>
            {title === t.requests && <h2 class="list-title">{title} <span class="count">{list.length}</span></h2>}
            <ul>
                {list.map((c) => (
                    <Entry key={c.id} c={c} current={c.id === state.selected} tab={c.id === first}
                        draft={c.id === state.selected ? '' : (state.drafts[c.id] ?? '').slice(0, 120)}
                        me={state.me?.id ?? ''} now={listTime(c.last?.time ?? c.activity, now)} onOpen={open(app)} />
                ))}
            </ul>
        </section>
    );
}

/* One function for each app, so that entries need not be drawn again. */
const openers = new WeakMap<App, (id: string) => void>();
function open(app: App): (id: string) => void {
    let opener = openers.get(app);
    if (!opener) {
        opener = (id) => app.select(id);
        openers.set(app, opener);
    }
    return opener;
}

export function Sidebar({ app, state }: { app: App; state: State }) {
    const [word, setWord] = useState('');
    const field = useRef<HTMLInputElement>(null);
    const { requests, others } = listed(state, word);
    const all = [...requests, ...others];
    const first = all.some((c) => c.id === state.selected) ? state.selected! : all[0]?.id;
    const search = (e: KeyboardEvent) => {
        if (e.key === 'Escape' && word) {
            e.stopPropagation();
            setWord('');
        } else if (e.key === 'ArrowDown') {
            e.preventDefault();
            document.querySelector<HTMLElement>('.lists .entry')?.focus();
        } else if (e.key === 'Enter' && word && all[0]) {
            setWord('');
            app.select(all[0].id);
        }
    };
    return (
        <nav class="sidebar" aria-label={t.conversations}>
            <header class="sidebar-head">
                <Me app={app} state={state} />
                <button type="button" class="round" aria-label={t.newConversation} title={`${t.newConversation} (Alt+N)`}
                    onClick={() => app.open({ kind: 'new' })}><PenIcon /></button>
            </header>
            {Object.keys(state.conversations).length > 0 && (
                <div class="search">
                    <SearchIcon />
                    <input id="search" ref={field} type="search" placeholder={t.filter} aria-label={t.filter} value={word}
                        autocomplete="off" spellcheck={false}
                        onInput={(e) => setWord(e.currentTarget.value)} onKeyDown={search} />
                </div>
            )}
            <div class="lists" onKeyDown={moveFocus}>
                <List title={t.requests} list={requests} state={state} first={first} app={app} />
                <List title={t.conversations} list={others} state={state} first={first} app={app} />
                {word && all.length === 0 && <p class="nothing">{t.filterNone(word)}</p>}
            </div>
        </nav>
    );
}

function Me({ app, state }: { app: App; state: State }) {
    const me = state.me;
    const relay = state.connection;
    const well = state.link === 'open' && relay?.state === 'online';
    return (
        <button type="button" class="me" aria-label={t.myCard} title={`${t.myCard} (Alt+M)`} onClick={() => app.open({ kind: 'me' })}>
            <Avatar id={me?.id ?? ''} name={me?.name || t.sotto} size="small" />
            <span class="me-text">
                <span class="me-name"><Name name={me?.name || t.sotto} /></span>
                <span class={`me-state ${well ? 'is-well' : 'is-off'}`}>
                    {well ? (me?.handle ?? relay?.relay ?? t.online) : state.link === 'open' ? relay?.relay : ''}
                </span>
            </span>
        </button>
    );
}
