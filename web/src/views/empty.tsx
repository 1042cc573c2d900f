/* What stands on the right when there is no conversation to show, and the page without a session. */
import type { App } from '../model/app';
import type { State } from '../model/state';
import { LIMITS } from '../api/types';
import { t } from '../strings';
import { AddField } from './dialogs';
import { LockIcon, ShieldIcon } from './icons';
import { MyLink, Value } from './me';

/** Nobody is known yet: the two ways to the first person, each to be done right here. */
export function Welcome({ app, state }: { app: App; state: State }) {
    const me = state.me;
    if (!me) {
        return null;
    }
    return (
        <main class="welcome" aria-label={t.emptyTitle}>
            <div class="welcome-body">
                <h1>{t.emptyTitle}</h1>
                <p class="lead">{t.emptyText}</p>
                {me.name === '' && (
                    <Value id="first-name" label={t.nameTitle} value="" max={LIMITS.name_chars} action={t.nameSave}
                        save={(name) => app.setName(name)} />
                )}
                <div class="ways">
                    <section class="way">
                        <h2>{t.emptyShare}</h2>
                        <p>{t.emptyShareText}</p>
                        <MyLink app={app} me={me} />
                    </section>
                    <section class="way">
                        <h2>{t.emptyAdd}</h2>
                        <p>{t.emptyAddText}</p>
                        <AddField app={app} id="first-address" />
                        <p class="way-then"><ShieldIcon /> {t.emptyThen}</p>
                    </section>
                </div>
            </div>
        </main>
    );
}

export function Choose({ app }: { app: App }) {
    return (
        <main class="choose">
            <LockIcon />
            <h1>{t.chooseTitle}</h1>
            <p>{t.chooseText}</p>
            <button type="button" class="link" onClick={() => app.open({ kind: 'help' })}>{t.chooseKeys}</button>
        </main>
    );
}

export function Closed({ refused }: { refused: boolean }) {
    return (
        <main class="choose closed-page">
            <LockIcon />
            <h1>{refused ? t.refusedTitle : t.noSessionTitle}</h1>
            <p>{refused ? t.refusedText : t.noSessionText}</p>
            <code class="command">{t.command}</code>
        </main>
    );
}
