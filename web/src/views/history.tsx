/* The messages of a conversation. Older ones are fetched as one scrolls up. Nothing that comes or
 * changes moves what one is reading: the view either stays at the end, or keeps the first visible
 * row where it is. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Conversation, Message } from '../api/types';
import type { App } from '../model/app';
import { heads, progress, rows, type Row } from '../model/select';
import type { History as Loaded, State } from '../model/state';
import { plainName } from '../model/text';
import { dayLabel } from '../model/time';
import { t } from '../strings';
import { DownIcon, LockIcon } from './icons';
import { MessageItem } from './message';
import { noticeText } from './notice';

const NEAR_END = 40;
const NEAR_START = 800;

interface Anchor {
    pinned: boolean;
    key: string;
    top: number;
}

/* The first row that reaches below the upper edge; rows stand in order, so halving finds it. */
function firstVisible(box: HTMLElement, list: HTMLElement): HTMLElement | null {
    let low = 0;
    let high = list.children.length - 1;
    while (low < high) {
        const mid = (low + high) >> 1;
        const row = list.children[mid] as HTMLElement;
        if (row.offsetTop + row.offsetHeight > box.scrollTop) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return (list.children[low] as HTMLElement | undefined) ?? null;
}

function useAnchoredScroll(onEnd: () => void, onStart: () => void) {
    const box = useRef<HTMLDivElement>(null);
    const list = useRef<HTMLOListElement>(null);
    const anchor = useRef<Anchor>({ pinned: true, key: '', top: 0 });
    const [atEnd, setAtEnd] = useState(true);

    const hold = (row: HTMLElement | null) => {
        const b = box.current;
        if (b && row) {
            anchor.current = { pinned: false, key: row.dataset.key ?? '', top: row.offsetTop - b.scrollTop };
        }
    };
    const remember = () => {
        const b = box.current;
        const l = list.current;
        if (!b || !l) {
            return;
        }
        const pinned = b.scrollHeight - b.scrollTop - b.clientHeight < NEAR_END;
        hold(firstVisible(b, l));
        anchor.current.pinned = pinned;
        setAtEnd(pinned);
        if (pinned) {
            onEnd();
        }
        if (b.scrollTop < NEAR_START) {
            onStart();
        }
    };
    const restore = () => {
        const b = box.current;
        if (!b) {
            return;
        }
        const a = anchor.current;
        if (a.pinned) {
            b.scrollTop = b.scrollHeight;
            return;
        }
        const row = list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(a.key)}"]`);
        if (row) {
            const moved = row.offsetTop - b.scrollTop - a.top;
            if (Math.abs(moved) >= 1) {
                b.scrollTop += moved;
            }
        }
    };
    const toEnd = () => {
        anchor.current.pinned = true;
        restore();
        setAtEnd(true);
        onEnd();
    };
    return { box, list, anchor, atEnd, hold, remember, restore, toEnd };
}

function RowView({ row, app, c, me, seen, onFold }: {
    row: Row; app: App; c: Conversation; me: string; seen: ReturnType<typeof heads>; onFold(e: HTMLElement): void;
}) {
    switch (row.kind) {
        case 'day': return <li class="day" data-key={row.key}><span>{dayLabel(row.time, app.now())}</span></li>;
        case 'unread': return <li class="unread-line" data-key={row.key}><span>{t.unreadDivider}</span></li>;
        case 'notice': return <li class="notice" data-key={row.key} tabIndex={-1}><span>{noticeText(row.message.notice!, me)}</span></li>;
        case 'message': return (
            <MessageItem app={app} row={row} group={c.kind === 'group'} inert={c.state === 'request'}
                progress={row.own ? progress(row.message, c.members, me) : null}
                seen={c.kind === 'group' ? seen.get(row.key) ?? [] : []} onFold={onFold} />
        );
    }
}

/* Before the first message: who can read this, and how to make sure of it. */
function Start({ app, state, c }: { app: App; state: State; c: Conversation }) {
    const contact = c.kind === 'direct' && c.contact ? c.contact : null;
    const verified = contact ? state.contacts[contact]?.verified ?? c.verified : true;
    return (
        <div class="start">
            <LockIcon />
            <p>{contact ? t.startDirect(plainName(c.title)) : t.start}</p>
            {contact && !verified && (
                <button type="button" class="link" onClick={() => app.open({ kind: 'safety', contact, alarm: null })}>{t.compareNow}</button>
            )}
        </div>
    );
}

/* Up and down among messages; Enter on an own one tells who has read it; Esc goes to the composer. */
function messageKeys(event: KeyboardEvent, app: App, messages: Message[]): void {
    const rowList = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.message, .notice')];
    const current = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('.message, .notice') ?? null;
    const at = current ? rowList.indexOf(current) : rowList.length;
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        const to = rowList[at + (event.key === 'ArrowUp' ? -1 : 1)];
        if (to) {
            event.preventDefault();
            to.focus();
        } else if (event.key === 'ArrowDown') {
            event.preventDefault();
            document.getElementById('composer')?.focus();
        }
    } else if (event.key === 'Enter' && current && document.activeElement === current) {
        const m = messages.find((x) => (x.client_id ?? x.id) === current.dataset.key);
        if (m && m.client_id && m.order !== null) {
            event.preventDefault();
            app.open({ kind: 'receipts', conversation: m.conversation, message: m.id });
        }
    }
}

export function History({ app, state, c, loaded }: { app: App; state: State; c: Conversation; loaded: Loaded }) {
    const me = state.me?.id ?? '';
    const unsent = state.unsent.filter((u) => u.conversation === c.id);
    const list = useMemo(() => rows(loaded.messages, unsent, me, state.divider),
        [loaded.messages, state.unsent, me, state.divider, app.now() - (app.now() % 3_600_000)]);
    const seen = useMemo(() => heads(list, c.members, me), [list, c.members, me]);
    const look = () => {
        app.atEnd(c.id);
        if (document.visibilityState === 'visible' && document.hasFocus()) {
            void app.seen(c.id);
        }
    };
    const scroll = useAnchoredScroll(look, () => void app.older(c.id));
    const own = list.filter((r) => r.kind === 'message' && r.own && r.message.state === 'waiting').length;
    const ownBefore = useRef(own);

    /* On opening: at the line before what is new, with some of what was read above it; else at the end. */
    useLayoutEffect(() => {
        const line = scroll.list.current?.querySelector<HTMLElement>('.unread-line');
        scroll.anchor.current = line
            ? { pinned: false, key: 'unread', top: Math.round((scroll.box.current?.clientHeight ?? 0) / 4) }
            : { pinned: true, key: '', top: 0 };
        scroll.restore();
        scroll.remember();
    }, []);
    useLayoutEffect(() => {
        if (own > ownBefore.current) {
            scroll.anchor.current.pinned = true;
        }
        ownBefore.current = own;
        scroll.restore();
        if (scroll.anchor.current.pinned) {
            look();
        }
    });
    useEffect(() => {
        const observer = new ResizeObserver(() => scroll.restore());
        observer.observe(scroll.box.current!);
        observer.observe(scroll.list.current!);
        const back = () => scroll.remember();
        addEventListener('focus', back);
        document.addEventListener('visibilitychange', back);
        return () => {
            observer.disconnect();
            removeEventListener('focus', back);
            document.removeEventListener('visibilitychange', back);
        };
    }, []);

    return (
        <div class="history-frame">
            <div class="history" ref={scroll.box} tabIndex={0} role="region" aria-label={t.history(c.title)}
                onScroll={scroll.remember} onKeyDown={(e) => messageKeys(e, app, loaded.messages)}>
                {loaded.more ? <p class="older" aria-hidden="true">{t.loadingOlder}</p> : c.state !== 'request' && <Start app={app} state={state} c={c} />}
                <ol class="rows" ref={scroll.list}>
                    {list.map((row) => (
                        <RowView key={row.key} row={row} app={app} c={c} me={me} seen={seen}
                            onFold={(e) => scroll.hold(e.closest<HTMLElement>('[data-key]'))} />
                    ))}
                </ol>
            </div>
            {!scroll.atEnd && (
                <button type="button" class="to-end" aria-label={t.toNewest} title={t.toNewest} onClick={scroll.toEnd}>
                    <DownIcon />{c.unread > 0 && <span class="badge">{c.unread}</span>}
                </button>
            )}
        </div>
    );
}
