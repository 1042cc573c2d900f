/* The right side: a conversation with its head, what needs attention, its history and, as the case
 * may be, the composer, a request to decide, or why one cannot write. */
import type { Alarm, Conversation } from '../api/types';
import type { App } from '../model/app';
import { writable } from '../model/select';
import type { State } from '../model/state';
import { plainName } from '../model/text';
import { ago } from '../model/time';
import { t } from '../strings';
import { Composer } from './composer';
import { Details } from './details';
import { History } from './history';
import { AlertIcon, BackIcon, PanelIcon, ShieldIcon } from './icons';
import { Avatar, Name, VerifiedMark } from './parts';

export function AlarmBar({ app, alarm }: { app: App; alarm: Alarm }) {
    return (
        <div class="alarm" role="alert">
            <AlertIcon />
            <p>{alarm.sentence}</p>
            <button type="button" class="button button-alarm" onClick={() => void app.actOn(alarm)}>{alarm.button}</button>
        </div>
    );
}

function Subtitle({ app, state, c }: { app: App; state: State; c: Conversation }) {
    if (c.state === 'pending') {
        return <>{t.pendingText(plainName(c.title))}</>;
    }
    if (c.kind === 'group') {
        const names = c.members.filter((m) => m.contact !== state.me?.id).map((m) => plainName(m.name)).join(', ');
        return <>{t.memberCount(c.member_count)}{names && ` · ${names}`}</>;
    }
    if (c.state === 'request') {
        return <>{t.stranger}</>;
    }
    return <>{c.last_heard === null ? t.neverHeard : t.lastHeard(ago(c.last_heard, app.now()))}</>;
}

function Head({ app, state, c }: { app: App; state: State; c: Conversation }) {
    const direct = c.kind === 'direct' ? c.contact : null;
    const open = () => app.details(!state.details);
    return (
        <header class="head">
            <button type="button" class="round back" aria-label={t.back} onClick={() => app.select(null)}><BackIcon /></button>
            <button type="button" class="head-who" onClick={open} aria-expanded={state.details} title={`${t.details} (Alt+I)`}>
                <Avatar id={direct ?? c.id} name={c.title} size="small" group={c.kind === 'group'} />
                <span class="head-text">
                    <h1><Name name={c.title} />{c.verified && <VerifiedMark />}</h1>
                    <span class="head-sub"><Subtitle app={app} state={state} c={c} /></span>
                </span>
            </button>
            {direct && !c.verified && c.state !== 'request' && (
                <button type="button" class="verify-hint" onClick={() => app.open({ kind: 'safety', contact: direct, alarm: null })}>
                    <ShieldIcon /><span>{t.notVerified}</span>
                </button>
            )}
            <button type="button" class="round" aria-label={t.details} aria-expanded={state.details}
                title={`${t.details} (Alt+I)`} onClick={open}><PanelIcon /></button>
        </header>
    );
}

/* Alone: nothing was written that could be shown above it, so it stands in the middle. */
function Request({ app, state, c, alone }: { app: App; state: State; c: Conversation; alone: boolean }) {
    const person = c.contact ? state.contacts[c.contact] : undefined;
    const name = plainName(person?.name ?? c.members.find((m) => m.contact === c.contact)?.name ?? c.title);
    return (
        <section class={alone ? 'request request-alone' : 'request'} aria-label={t.requests}>
            {alone && <Avatar id={c.kind === 'direct' && c.contact ? c.contact : c.id} name={c.title} size="large" group={c.kind === 'group'} />}
            <h2>{c.kind === 'group' ? t.requestGroupTitle(name, plainName(c.title)) : t.requestTitle(name)}</h2>
            <p>{alone ? t.requestAlone : t.requestText}</p>
            <div class="buttons">
                <button type="button" class="button button-quiet" onClick={() => void app.decline(c.id, true)}>{t.declineBlock}</button>
                <button type="button" class="button" onClick={() => void app.decline(c.id, false)}>{t.decline}</button>
                <button type="button" class="button button-main" onClick={() => void app.accept(c.id)}>{t.accept}</button>
            </div>
        </section>
    );
}

function Foot({ app, state, c }: { app: App; state: State; c: Conversation }) {
    if (c.state === 'request') {
        return <Request app={app} state={state} c={c} alone={false} />;
    }
    if (writable(c, state)) {
        return <Composer app={app} c={c} text={state.drafts[c.id] ?? ''} />;
    }
    if (c.state === 'left' || c.state === 'removed') {
        return <p class="closed">{c.state === 'left' ? t.cannotLeft : t.cannotRemoved}</p>;
    }
    return (
        <p class="closed">
            {t.cannotBlocked(plainName(c.title))}{' '}
            <button type="button" class="link" onClick={() => void app.block(c.contact!, false)}>{t.unblock}</button>
        </p>
    );
}

export function ConversationView({ app, state, c }: { app: App; state: State; c: Conversation }) {
    const loaded = state.histories[c.id];
    const alone = c.state === 'request' && c.last === null;
    return (
        <>
            <main class="conversation" aria-label={plainName(c.title)}>
                <Head app={app} state={state} c={c} />
                {c.alarm && <AlarmBar app={app} alarm={c.alarm} />}
                {alone ? <Request app={app} state={state} c={c} alone /> : <>
                    {loaded ? <History key={c.id} app={app} state={state} c={c} loaded={loaded} /> : <div class="history-frame" />}
                    <Foot app={app} state={state} c={c} />
                </>}
            </main>
            {state.details && <Details key={`${c.id}-details`} app={app} state={state} c={c} />}
        </>
    );
}

