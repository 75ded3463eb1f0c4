import type { Version } from '@palabre/protocol';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock } from './format.ts';
import { useSurroundings, useTranscriptRoom } from './surroundings.ts';
import { useCorrect } from './use-correct.ts';
import type { CorrectionTarget, Wish } from './use-correct.ts';
import { useLocale } from './use-locale.ts';

function VersionList(props: {
  readonly title: string;
  readonly versions: readonly Version[];
  readonly busy: boolean;
  /** undefined: this person may not. */
  readonly restore: ((value: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { nameOf } = useTranscriptRoom();
  const { Button } = useSurroundings().parts;
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
  const { Dialog } = useSurroundings().parts;
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
  const busy = state === 'sending';
  return (
    <Dialog
      title={t('transcript.versions', { time: formatClock(corrected.line.start_ms) })}
      onClose={props.onClose}
      wide
    >
      <VersionList
        busy={busy}
        title={t('transcript.versionText')}
        versions={corrected.texts}
        restore={props.mayRestore ? (text) => restore({ what: 'text', text }) : undefined}
      />
      <VersionList
        busy={busy}
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
