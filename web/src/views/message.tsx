/* One message: its text as text, in its own direction; long ones folded; what became of it. */
import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import type { Member } from '../api/types';
import type { App } from '../model/app';
import type { MessageRow, Progress } from '../model/select';
import { beginning, byteLength, isEmoji, pieces, plainName, size } from '../model/text';
import { clock, full } from '../model/time';
import { t } from '../strings';
import { InfoIcon } from './icons';
import { Avatar, Name, hue } from './parts';
import { StateIcon, progressText } from './receipt';

function Text({ text, inert }: { text: string; inert: boolean }) {
    return <>{pieces(text).map((p) => (p.href && !inert
        ? <a href={p.href} target="_blank" rel="noopener noreferrer" dir="ltr" title={p.href}>{p.text}</a>
        : p.text))}</>;
}

interface BodyProps {
    text: string;
    inert: boolean;
    room: string | undefined; /* what stands at the end of the last line, so that room is kept for it */
    onFold(element: HTMLElement): void;
}

function Body({ text, inert, room, onFold }: BodyProps) {
    const [all, setAll] = useState(false);
    const short = beginning(text);
    if (short === null) {
        return <p class="text" dir="auto" data-room={room}><Text text={text} inert={inert} /></p>;
    }
    const toggle = (e: MouseEvent) => {
        onFold(e.currentTarget as HTMLElement);
        setAll(!all);
    };
    return (
        <>
            <p class="text" dir="auto"><Text text={all ? text : short} inert={inert} /></p>
            <button type="button" class="fold" aria-expanded={all} onClick={toggle}>
                {all ? t.showLess : t.showAll(size(byteLength(text)))}
            </button>
        </>
    );
}

export interface MessageProps {
    app: App;
    row: MessageRow;
    progress: Progress | null;
    seen: Member[];
    group: boolean;
    inert: boolean;
    onFold(element: HTMLElement): void;
}

function Failed({ app, row }: { app: App; row: MessageRow }) {
    return (
        <div class="failed" role="group">
            <StateIcon step="failed" />
            <span class="failed-why">{row.message.sentence || t.failed}</span>
            <button type="button" class="link" onClick={() => app.again(row.message)}>{t.retry}</button>
            <button type="button" class="link" onClick={() => void app.discard(row.message, row.unsent)}>{t.discard}</button>
        </div>
    );
}

function Meta({ app, row, progress }: { app: App; row: MessageRow; progress: Progress | null }) {
    const m = row.message;
    const time = <time dateTime={new Date(m.time).toISOString()} title={full(m.time)}>{clock(m.time)}</time>;
    if (!progress) {
        return <div class="meta">{time}</div>;
    }
    const words = progressText(progress);
    return (
        <div class="meta">
            {time}
            {row.unsent
                ? <span class="meta-state"><StateIcon step={progress.step} /></span>
                : <button type="button" class="meta-state" tabIndex={-1} title={words} aria-label={`${words}. ${t.info}`}
                    onClick={() => app.open({ kind: 'receipts', conversation: m.conversation, message: m.id })}>
                    <StateIcon step={progress.step} />
                </button>}
        </div>
    );
}

function Seen({ seen }: { seen: Member[] }) {
    const names = seen.map((m) => plainName(m.name)).join(', ');
    return (
        <div class="seen" role="img" aria-label={t.seenBy(names)} title={t.seenBy(names)}>
            {seen.slice(0, 6).map((m) => <Avatar key={m.contact} id={m.contact} name={m.name} size="tiny" />)}
            {seen.length > 6 && <span class="seen-more">+{seen.length - 6}</span>}
        </div>
    );
}

function MessageView({ app, row, progress, seen, group, inert, onFold }: MessageProps) {
    const m = row.message;
    const emoji = isEmoji(m.text);
    const withMeta = (row.last || progress?.step === 'waiting') && progress?.step !== 'failed';
    const classes = ['message', row.own ? 'message-own' : 'message-other', row.first ? 'is-first' : '', row.last ? 'is-last' : '',
        m.state === 'waiting' ? 'is-waiting' : '', emoji ? 'is-emoji' : '', group && !row.own ? 'in-group' : ''];
    const info = () => app.open({ kind: 'receipts', conversation: m.conversation, message: m.id });
    return (
        <li class={classes.join(' ')} data-key={row.key} tabIndex={-1}
            aria-label={`${row.own ? t.you : plainName(m.sender_name)}, ${clock(m.time)}${progress ? `, ${progressText(progress)}` : ''}`}>
            <div class="message-main">
                {group && !row.own && row.first && <span class={`sender hue-${hue(m.sender ?? '')}`}><Name name={m.sender_name} /></span>}
                <div class="bubble-line">
                    {group && !row.own && row.last && <Avatar id={m.sender ?? ''} name={m.sender_name} size="small" />}
                    <div class="bubble">
                        <Body text={m.text} inert={inert} room={withMeta ? clock(m.time) : undefined} onFold={onFold} />
                        {withMeta && <Meta app={app} row={row} progress={progress} />}
                    </div>
                    {row.own && !row.unsent && m.order !== null && (
                        <button type="button" class="round message-info" tabIndex={-1} aria-label={t.info} title={t.info} onClick={info}>
                            <InfoIcon />
                        </button>
                    )}
                </div>
                {progress?.step === 'failed' && <Failed app={app} row={row} />}
                {seen.length > 0 && <Seen seen={seen} />}
            </div>
        </li>
    );
}

/* Rows are made anew with every state; a message is drawn again only when what it shows changed. */
export const MessageItem = memo(MessageView, (a: MessageProps, b: MessageProps) =>
    a.row.message === b.row.message && a.row.first === b.row.first && a.row.last === b.row.last
    && a.row.unsent === b.row.unsent && a.progress?.step === b.progress?.step && a.progress?.read === b.progress?.read
    && a.progress?.delivered === b.progress?.delivered && a.progress?.of === b.progress?.of
    && a.group === b.group && a.inert === b.inert
    && a.seen.map((m) => m.contact + m.name).join() === b.seen.map((m) => m.contact + m.name).join());
