/* The safety number of a person and me: 60 digits and a QR code, to be compared by another way. */
import { useEffect, useState } from 'preact/hooks';
import type { Methods } from '../api/types';
import type { App } from '../model/app';
import type { State } from '../model/state';
import { plainName } from '../model/text';
import { t } from '../strings';
import { VerifiedIcon } from './icons';
import { Modal, QrCode } from './parts';

function Digits({ digits }: { digits: string }) {
    const groups = digits.match(/\d{5}/g) ?? [];
    return (
        <p class="safety-digits" aria-label={groups.map((g) => [...g].join(' ')).join(', ')}>
            {groups.map((g, i) => <span key={i} aria-hidden="true">{g}</span>)}
        </p>
    );
}

export function SafetyDialog({ app, state, contact, alarm }: { app: App; state: State; contact: string; alarm: string | null }) {
    const [safety, setSafety] = useState<Methods['contact.safety']['result'] | null>(null);
    useEffect(() => {
        app.safety(contact).then(setSafety, (error) => {
            app.open(null);
            app.fail(error);
        });
    }, [contact]);
    const person = state.contacts[contact];
    const member = Object.values(state.conversations).flatMap((c) => c.members).find((m) => m.contact === contact);
    const name = plainName(person?.name ?? member?.name ?? '');
    const verified = person?.verified ?? member?.verified ?? safety?.verified ?? false;
    const match = async () => {
        await app.verify(contact, true);
        if (alarm) {
            await app.clearAlarm(alarm);
        }
        app.open(null);
    };
    return (
        <Modal title={t.safetyOf(name)} onClose={() => app.open(null)}>
            {safety ? (
                <div class="safety">
                    <QrCode qr={safety.qr} label={t.safetyQr} />
                    <Digits digits={safety.digits} />
                    {verified && !alarm
                        ? <p class="safety-done"><VerifiedIcon /> {t.verifiedText}</p>
                        : <p class="faint">{t.safetyText(name)}</p>}
                    <div class="buttons buttons-centre">
                        {verified && !alarm
                            ? <button type="button" class="button" onClick={() => void app.verify(contact, false)}>{t.safetyUndo}</button>
                            : <button type="button" class="button button-main" onClick={() => void match()}>{t.safetyMatch}</button>}
                    </div>
                </div>
            ) : <div class="safety safety-empty" />}
        </Modal>
    );
}
