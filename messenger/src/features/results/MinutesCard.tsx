import { useLocale, useParticipants } from '@palabre/transcript';
import type { MinutesAction, MinutesBlock, MinutesStatement } from '@palabre/protocol';
import { CalendarClock, ListChecks, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDuration } from '../../i18n/format.ts';
import type { MessageItem } from '../../store/model.ts';
import { CardHead } from './CardHead.tsx';
import { MinutesMoment } from './MinutesMoment.tsx';

/** How minutes came about, in as many sentences as it takes. */
function Origin(props: { readonly block: MinutesBlock }) {
  const { t } = useTranslation();
  const {
    method,
    model,
    operator,
    place,
    instead,
    left_out: leftOut,
    approved_by: approver,
    edited,
    shortened,
  } = props.block;
  const written =
    model === undefined
      ? t('results.byModelUnknown')
      : operator === undefined || place === undefined
        ? t('results.byModel', { model })
        : t('results.byModelOf', { model, operator, place });
  return (
    <div className="card-origin" data-testid="minutes-origin">
      {instead !== undefined && <p>{t(`results.instead.${instead}`)}</p>}
      <p>{method === 'extractive' ? t(edited ? 'results.extractiveEdited' : 'results.extractive') : written}</p>
      {method === 'model' && leftOut > 0 && <p>{t('results.leftOut', { count: leftOut })}</p>}
      {shortened === true && <p>{t('results.shortened')}</p>}
      {approver !== undefined && (
        <p title={approver.user_id}>
          {t(edited ? 'results.approvedEdited' : 'results.approved', { name: approver.name })}
        </p>
      )}
    </div>
  );
}

/** Minutes: what was decided, who does what, what stays open, each with its moment; or sentences that were chosen. */
export function MinutesCard(props: {
  readonly roomId: string;
  readonly item: MessageItem;
  readonly block: MinutesBlock;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const participants = useParticipants(props.block);
  const { roomId, item, block } = props;
  const place = { roomId, item, meetingId: block.meeting_id, startedMs: block.started_ms };
  const moments = ({ sources }: MinutesStatement) =>
    sources.map((moment) => <MinutesMoment key={`${moment.start_ms}-${moment.user_id}`} {...place} moment={moment} />);
  const section = (
    name: 'purpose' | 'decisions' | 'actions' | 'questions',
    statements: readonly MinutesStatement[],
    detail: (index: number) => ReactNode = () => null,
  ) =>
    statements.length > 0 && (
      <section className="minutes-section" data-testid={`minutes-${name}`}>
        <h3>{t(`results.minutesSection.${name}`)}</h3>
        <ul className="minutes">
          {statements.map((statement, index) => (
            <li key={`${index}-${statement.text}`}>
              <p>{statement.text}</p>
              <div className="minutes-facts">
                {detail(index)}
                {moments(statement)}
              </div>
            </li>
          ))}
        </ul>
      </section>
    );
  const actionFacts = ({ who, due }: MinutesAction) => (
    <>
      {who !== undefined && (
        <span className="minutes-fact">
          <UserRound size={14} aria-hidden="true" />
          <span className="visually-hidden">{t('results.who')}</span>
          {who}
        </span>
      )}
      {due !== undefined && (
        <span className="minutes-fact">
          <CalendarClock size={14} aria-hidden="true" />
          <span className="visually-hidden">{t('results.due')}</span>
          {due}
        </span>
      )}
    </>
  );
  const { purpose, decisions, actions, questions, extract } = block;
  const nothing =
    purpose === undefined && [decisions, actions, questions, extract].every((statements) => statements.length === 0);
  return (
    <section className="card card-wide" data-testid="result-minutes">
      <CardHead
        icon={<ListChecks size={18} />}
        title={t('results.minutes')}
        detail={formatDuration(block.duration_ms, locale)}
      />
      <p className="card-text card-muted">{t('results.participants', participants)}</p>
      {section('purpose', purpose === undefined ? [] : [purpose])}
      {section('decisions', decisions)}
      {section('actions', actions, (index) => {
        const action = actions[index];
        return action === undefined ? null : actionFacts(action);
      })}
      {section('questions', questions)}
      {nothing && (
        <p className="card-text card-muted">
          {t(block.method === 'model' ? 'results.nothingFound' : 'results.noExtract')}
        </p>
      )}
      {extract.length > 0 && (
        <section className="minutes-section" data-testid="minutes-extract">
          <h3>{t('results.minutesSection.extract')}</h3>
          <ul className="minutes">
            {extract.map((line) => (
              <li key={`${line.start_ms}-${line.user_id}`}>
                <p>{line.text}</p>
                <div className="minutes-facts">
                  <span className="minutes-fact">{line.name}</span>
                  <MinutesMoment {...place} moment={line} />
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Origin block={block} />
    </section>
  );
}
