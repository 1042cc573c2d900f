/* My card: the link with its QR code, my name and handle, how the page looks. */
import { useState } from 'preact/hooks';
import type { Me } from '../api/types';
import { LIMITS } from '../api/types';
import type { App } from '../model/app';
import type { State } from '../model/state';
import { chooseTheme, theme, type Theme } from '../model/theme';
import { t } from '../strings';
import { CheckIcon, CopyIcon, KeyboardIcon, LockIcon } from './icons';
import { Confirm, Fingerprint, Modal, Problem, QrCode, useWork } from './parts';

function CopyLink({ app, link }: { app: App; link: string }) {
    const [copied, setCopied] = useState(false);
    const copy = async () => {
        try {
            await navigator.clipboard.writeText(link);
            setCopied(true);
            setTimeout(() => setCopied(false), 2500);
        } catch {
            app.fail(new Error(t.copyFailed));
        }
    };
    return (
        <div class="with-button">
            <input readOnly value={link} aria-label={t.meTitle} dir="ltr" onFocus={(e) => e.currentTarget.select()} />
            <button type="button" class="button button-main copy" onClick={() => void copy()}>
                {copied ? <CheckIcon /> : <CopyIcon />} <span aria-live="polite">{copied ? t.copied : t.copy}</span>
            </button>
        </div>
    );
}

/** My link as a QR code and to copy; while it is prepared there is none. */
export function MyLink({ app, me }: { app: App; me: Me }) {
    if (me.link === '') {
        return <p class="no-link" role="status">{t.noLink(me.relay)}</p>;
    }
    return <><QrCode qr={me.qr} label={t.meQr} /><CopyLink app={app} link={me.link} /></>;
}

interface ValueProps {
    id: string;
    label: string;
    hint?: string;
    value: string;
    max: number;
    action: string;
    save(value: string): Promise<void>;
}

/** A field whose button appears when there is something to save. */
export function Value({ id, label, hint, value, max, action, save }: ValueProps) {
    const [text, setText] = useState(value);
    const work = useWork();
    const changed = text.trim() !== '' && text.trim() !== value;
    const submit = (e: Event) => {
        e.preventDefault();
        if (changed) {
            void work.run(() => save(text.trim()));
        }
    };
    return (
        <form class="field" onSubmit={submit}>
            <label for={id}>{label}</label>
            <div class="with-button">
                <input id={id} value={text} maxLength={max} dir="auto" autocomplete="off" autocapitalize="off" spellcheck={false}
                    aria-describedby={hint ? `${id}-hint` : undefined} onInput={(e) => setText(e.currentTarget.value)} />
                {changed && <button type="submit" class="button" disabled={work.busy}>{action}</button>}
            </div>
            {work.problem ? <Problem sentence={work.problem} /> : hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
        </form>
    );
}

const handleOf = (me: Me) => me.handle?.split('@')[0] ?? '';

function Appearance() {
    const [chosen, setChosen] = useState<Theme>(theme());
    const choose = (value: Theme) => {
        chooseTheme(value);
        setChosen(value);
    };
    const names: [Theme, string][] = [['system', t.themeSystem], ['light', t.themeLight], ['dark', t.themeDark]];
    return (
        <fieldset class="field">
            <legend>{t.theme}</legend>
            <div class="segments">
                {names.map(([value, name]) => (
                    <label key={value}>
                        <input type="radio" name="theme" value={value} checked={chosen === value} onChange={() => choose(value)} />
                        <span>{name}</span>
                    </label>
                ))}
            </div>
        </fieldset>
    );
}

export function MeDialog({ app, state }: { app: App; state: State }) {
    const me = state.me;
    if (!me) {
        return null;
    }
    return (
        <Modal title={t.meTitle} onClose={() => app.open(null)} wide>
            <div class="mine">
                <div class="mine-link">
                    <MyLink app={app} me={me} />
                    <p class="hint">{t.meText}</p>
                </div>
                <div class="mine-rest">
                    <Value id="my-name" label={t.myName} value={me.name} max={LIMITS.name_chars} action={t.save}
                        save={(name) => app.setName(name)} />
                    <Value id="my-handle" label={t.myHandle} hint={t.handleHint(me.relay)} value={handleOf(me)} max={LIMITS.handle_chars}
                        action={t.claim} save={(handle) => app.claim(handle.toLowerCase())} />
                    <div class="field">
                        <span class="label">{t.fingerprint}</span>
                        <Fingerprint text={me.fingerprint} />
                    </div>
                    <Appearance />
                    <div class="field">
                        <button type="button" class="row" onClick={() => app.open({ kind: 'help' })}><KeyboardIcon /> {t.help}</button>
                        <Confirm class="row" label={<><LockIcon /> {t.lock}</>} sentence={t.lockText} action={t.close}
                            onConfirm={() => void app.closeSession()} />
                    </div>
                </div>
            </div>
        </Modal>
    );
}
