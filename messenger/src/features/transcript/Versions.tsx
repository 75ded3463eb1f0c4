import type { Version } from '@palabre/protocol';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock } from '../../i18n/format.ts';
import { useLocale } from '../../i18n/use-locale.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useCorrect } from './use-correct.ts';
import type { CorrectionTarget, Wish } from './use-correct.ts';
import { useNames } from './use-names.ts';

function VersionList(props: {
  readonly roomId: string;
  readonly title: string;
  readonly versions: readonly Version[];
  readonly busy: boolean;
  /** undefined: this person may not. */
  readonly restore: ((value: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const nameOf = useNames(props.roomId);
  const { versions, restore } = props;
  const current = versions.at(-1);
  if (versions.length < 2) return null;
  return (
    <section className="versions">
      <h3>{props.title}</h3>
      <ol>
        {versions.toReversed().map((version) => (
          <li key={version.eventId ?? 'original'} data-testid="transcript-version" data-current={version === current}>
            <p>{version.value}</p>
            <small>
              {version.by === undefined
                ? t('transcript.asHeard')
                : t('transcript.versionBy', {
                    name: nameOf(version.by),
                    date: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(
                      version.sentMs,
                    ),
                  })}
              {version === current && ` · ${t('transcript.inForce')}`}
            </small>
            {restore !== undefined && version !== current && version.value !== current?.value && (
              <Button
                small
                isDisabled={props.busy}
                data-testid="transcript-restore"
                onPress={() => restore(version.value)}
              >
                {t('transcript.restore')}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Who changed what in a line, and when; a former version can be used again, as a correction like any other. */
export function Versions(props: CorrectionTarget & { readonly mayRestore: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { corrected } = props;
  const [state, setState] = useState<'open' | 'sending' | 'failed'>('open');
  const correct = useCorrect(props);
  const restore = (wish: Wish): void => {
    setState('sending');
    correct(wish).then(props.onClose, (error: unknown) => {
      console.error(error);
      setState('failed');
    });
  };
  // What was put on every line is taken from every line.
  const scope = corrected.names.at(-1)?.scope ?? 'line';
  const list = { roomId: props.roomId, busy: state === 'sending' };
  return (
    <Dialog
      title={t('transcript.versions', { time: formatClock(corrected.line.start_ms) })}
      onClose={props.onClose}
      wide
    >
      <VersionList
        {...list}
        title={t('transcript.versionText')}
        versions={corrected.texts}
        restore={props.mayRestore ? (text) => restore({ what: 'text', text }) : undefined}
      />
      <VersionList
        {...list}
        title={t('transcript.versionSpeaker')}
        versions={corrected.names}
        restore={props.mayRestore ? (name) => restore({ what: 'speaker', name, scope }) : undefined}
      />
      {state === 'failed' && (
        <p className="field-error" role="alert">
          {t('transcript.saveFailed')}
        </p>
      )}
    </Dialog>
  );
}
