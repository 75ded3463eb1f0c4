import { formatClock, type MinutesBlock, type MinutesDraft } from '@palabre/protocol';
import { useLocale } from '@palabre/transcript';
import { Plus, Trash2 } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import { editOf, formOf, hasEmpty, newLine, type Form, type Line, type List } from './form.ts';
import { LineFields } from './line-fields.tsx';

const TITLES = {
  decisions: { one: 'minutes.decisionOf', add: 'minutes.addDecision' },
  actions: { one: 'minutes.actionOf', add: 'minutes.addAction' },
  questions: { one: 'minutes.questionOf', add: 'minutes.addQuestion' },
} as const;
const LISTS = ['decisions', 'actions', 'questions'] as const;

/** How the draft came about. */
function Origin({ block }: { block: MinutesBlock }) {
  const { t } = useTranslation();
  const { method, model = '–', operator = '–', place = '–', instead, left_out: leftOut, shortened } = block;
  return (
    <div className="minutes-origin">
      {instead !== undefined && <p>{t(`minutes.instead.${instead}`)}</p>}
      <p>{method === 'model' ? t('minutes.byModel', { model, operator, place }) : t('minutes.extractive')}</p>
      {method === 'model' && leftOut > 0 && <p>{t('minutes.leftOut', { count: leftOut })}</p>}
      {shortened === true && <p>{t('minutes.shortened')}</p>}
    </div>
  );
}

/** Sentences that were said: they can be taken out, not changed. */
function Quotes(props: {
  readonly block: MinutesBlock;
  readonly kept: readonly number[];
  readonly onRemove: (index: number) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  if (props.kept.length === 0) return null;
  return (
    <section className="minutes-list" aria-labelledby={id}>
      <h4 id={id}>{t('minutes.extract')}</h4>
      <ul>
        {props.kept.map((index, place) => {
          const line = props.block.extract[index];
          return line === undefined ? null : (
            <li key={index} className="minutes-quote">
              <p>
                <strong>{line.name}</strong> {formatClock(line.start_ms)}
                <br />
                {line.text}
              </p>
              <button
                type="button"
                className="icon-button"
                aria-label={t('minutes.remove', { what: t('minutes.quote', { number: place + 1 }) })}
                onClick={() => props.onRemove(index)}
              >
                <Trash2 size={18} aria-hidden="true" />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** One draft, to be read, corrected, and approved or discarded. */
export function DraftForm({ draft }: { draft: MinutesDraft }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { minutes } = useCall().meeting;
  const { busy, failure } = useAppSelector((state) => state.meeting.minutes);
  const [form, setForm] = useState(() => formOf(draft.minutes));
  /** What is being edited: another moderator may have saved since. */
  const [revision, setRevision] = useState(draft.revision);
  const [added, setAdded] = useState(0);
  const [asking, setAsking] = useState(false);
  const [incomplete, setIncomplete] = useState(false);
  const id = useId();

  const change = (part: Partial<Form>): void => {
    setIncomplete(false);
    setForm((now) => ({ ...now, ...part }));
  };
  const setLine = (list: List, key: string, line: Partial<Line>): void =>
    change({ [list]: form[list].map((known) => (known.key === key ? { ...known, ...line } : known)) });
  const add = (list: List): void => {
    setAdded(added + 1);
    change({ [list]: [...form[list], newLine(`new-${added}`)] });
  };
  const load = (): void => {
    setForm(formOf(draft.minutes));
    setRevision(draft.revision);
  };
  const send = async (action: 'save' | 'approve'): Promise<void> => {
    if (hasEmpty(form)) {
      setIncomplete(true);
      return;
    }
    const saved = await minutes.obey({ action, id: draft.id, revision, edit: editOf(form) });
    // The form stays; a save has made the next revision of it.
    if (saved && action === 'save') setRevision(revision + 1);
  };
  const isOutrun = failure === 'PALABRE_WRONG_STATE' && draft.revision !== revision;
  const when = (ms: number, withTime: boolean): string =>
    new Intl.DateTimeFormat(locale, {
      dateStyle: 'long',
      ...(withTime ? { timeStyle: 'short' as const } : {}),
    }).format(ms);

  return (
    <section className="minutes-draft" aria-labelledby={id} data-testid="minutes-draft">
      <div>
        <h3 id={id}>{t('minutes.meetingOf', { when: when(draft.meeting_started_ms, true) })}</h3>
        <p className="minutes-hint">{t('minutes.until', { when: when(draft.until_ms, false) })}</p>
      </div>
      <Origin block={draft.minutes} />
      <label className="minutes-field">
        <span>{t('minutes.purpose')}</span>
        <textarea
          rows={2}
          maxLength={1000}
          value={form.purpose}
          data-testid="minutes-purpose"
          onChange={(event) => change({ purpose: event.target.value })}
        />
      </label>
      {LISTS.map((list) => (
        <section key={list} className="minutes-list" aria-labelledby={`${id}-${list}`} data-testid={`draft-${list}`}>
          <h4 id={`${id}-${list}`}>{t(`minutes.${list}`)}</h4>
          <ul>
            {form[list].map((line, index) => (
              <LineFields
                key={line.key}
                line={line}
                label={t(TITLES[list].one, { number: index + 1 })}
                isAction={list === 'actions'}
                onChange={(part) => setLine(list, line.key, part)}
                onRemove={() => change({ [list]: form[list].filter(({ key }) => key !== line.key) })}
              />
            ))}
          </ul>
          <button type="button" className="button minutes-add" data-testid={`add-${list}`} onClick={() => add(list)}>
            <Plus size={18} aria-hidden="true" />
            {t(TITLES[list].add)}
          </button>
        </section>
      ))}
      <Quotes
        block={draft.minutes}
        kept={form.extract}
        onRemove={(index) => change({ extract: form.extract.filter((kept) => kept !== index) })}
      />
      {incomplete && (
        <p role="alert" className="minutes-failure">
          {t('minutes.empty')}
        </p>
      )}
      <div className="minutes-actions">
        {isOutrun && (
          <button type="button" className="button" data-testid="minutes-reload" onClick={load}>
            {t('minutes.reload')}
          </button>
        )}
        {asking ? (
          <>
            <button
              type="button"
              className="button minutes-danger"
              data-testid="minutes-discard-sure"
              aria-disabled={busy}
              autoFocus
              onClick={() => void minutes.obey({ action: 'discard', id: draft.id, revision })}
            >
              {t('minutes.discardSure')}
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              {t('minutes.keep')}
            </button>
          </>
        ) : (
          <>
            <button
              type="button"
              className="button button-primary"
              data-testid="minutes-approve"
              aria-disabled={busy}
              onClick={() => void send('approve')}
            >
              {t('minutes.approve')}
            </button>
            <button
              type="button"
              className="button"
              data-testid="minutes-save"
              aria-disabled={busy}
              onClick={() => void send('save')}
            >
              {t('minutes.save')}
            </button>
            <button
              type="button"
              className="button minutes-discard"
              data-testid="minutes-discard"
              onClick={() => setAsking(true)}
            >
              {t('minutes.discard')}
            </button>
          </>
        )}
      </div>
    </section>
  );
}
