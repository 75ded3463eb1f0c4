import { transcriptCorrectionSchema } from '@palabre/protocol';
import type { CorrectedLine } from '@palabre/protocol';
import { useId, useState } from 'react';
import type { SyntheticEvent } from 'react';
import { Input, Label, Text, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { formatClock } from './format.ts';
import { useSurroundings, useTranscriptRoom } from './surroundings.ts';
import { useCorrect } from './use-correct.ts';
import type { CorrectionTarget, Wish } from './use-correct.ts';

/** What differs from what is there, as corrections. */
function wishesOf(
  { text, name }: CorrectedLine,
  next: { readonly text: string; readonly name: string; readonly everywhere: boolean },
): readonly Wish[] {
  const [nextText, nextName] = [next.text.replaceAll(/\s+/g, ' ').trim(), next.name.replaceAll(/\s+/g, ' ').trim()];
  return [
    ...(nextText === text || nextText === '' ? [] : [{ what: 'text' as const, text: nextText }]),
    ...(nextName === name || nextName === ''
      ? []
      : [
          { what: 'speaker' as const, name: nextName, scope: next.everywhere ? ('voice' as const) : ('line' as const) },
        ]),
  ];
}

/** Corrects a word or the speaker of a line. */
export function LineEditor(
  props: CorrectionTarget & { readonly lines: readonly CorrectedLine[]; readonly onClose: () => void },
) {
  const { t } = useTranslation();
  const { corrected, lines, onClose } = props;
  const { line } = corrected;
  const [text, setText] = useState(corrected.text);
  const [name, setName] = useState(corrected.name);
  // Where voices of one microphone are told apart, a voice is somebody; otherwise its owner may have spoken most of the lines.
  const [everywhere, setEverywhere] = useState(line.voice !== undefined);
  const [state, setState] = useState<'open' | 'sending' | 'failed' | 'refused'>('open');
  const people = useId();
  const { Button, Check, Dialog } = useSurroundings().parts;
  const members = useTranscriptRoom().people;
  const suggestions = new Set([...members, ...lines.map((each) => each.name)]);
  const sameVoice = lines.filter(
    ({ line: other }) => other.user_id === line.user_id && other.voice === line.voice,
  ).length;
  const correct = useCorrect(props);
  const wishes = wishesOf(corrected, { text, name, everywhere });
  const renames = wishes.some(({ what }) => what === 'speaker');

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const checked = wishes.map((wish) =>
      transcriptCorrectionSchema.safeParse({ transcript_event_id: '', line_id: '', ...wish }),
    );
    if (!checked.every(({ success }) => success)) {
      setState('refused');
      return;
    }
    setState('sending');
    try {
      for (const wish of wishes) await correct(wish);
      onClose();
    } catch (error) {
      console.error(error);
      setState('failed');
    }
  };

  return (
    <Dialog title={t('transcript.correctTitle', { time: formatClock(line.start_ms) })} onClose={onClose} wide>
      <form className="line-editor" onSubmit={(event) => void submit(event)}>
        <TextField className="field" value={text} onChange={setText} autoFocus>
          <Label>{t('transcript.text')}</Label>
          <TextArea className="input line-editor-text" rows={4} data-testid="correct-text" />
        </TextField>
        <TextField className="field" value={name} onChange={setName}>
          <Label>{t('transcript.speaker')}</Label>
          <Input className="input" list={people} data-testid="correct-speaker" maxLength={100} />
          <Text slot="description" className="field-help">
            {t('transcript.speakerHelp', { name: line.name })}
          </Text>
          <datalist id={people}>
            {[...suggestions].map((suggestion) => (
              <option key={suggestion} value={suggestion} />
            ))}
          </datalist>
        </TextField>
        {renames && sameVoice > 1 && (
          <Check
            checked={everywhere}
            onChange={setEverywhere}
            title={t('transcript.everyLine', { count: sameVoice })}
            testId="correct-everywhere"
          />
        )}
        <p className="field-help">{t('transcript.saveHelp')}</p>
        {(state === 'failed' || state === 'refused') && (
          <p className="field-error" role="alert">
            {state === 'failed' ? t('transcript.saveFailed') : t('transcript.lineBreaks')}
          </p>
        )}
        <div className="dialog-actions">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button
            type="submit"
            tone="primary"
            busy={state === 'sending'}
            isDisabled={wishes.length === 0}
            data-testid="correct-save"
          >
            {t('transcript.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
