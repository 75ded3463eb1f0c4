import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  panelToggled,
  selectMainTile,
  selectPeople,
  selectTiles,
  useAppDispatch,
  useAppSelector,
} from '../../store/index.ts';
import { SMALL_CALL, useMediaQuery } from '../../ui/media-query.ts';
import { useCaptionsPlace } from '../captions/index.ts';
import { fillStage, layoutStage, type StageSize } from './layout.ts';
import { PersonTile } from './tile.tsx';
import './stage.css';

/** Size of an element, from its first layout on. */
function useSize() {
  const element = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<StageSize>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    const measure = (): void => setSize({ width: target.clientWidth, height: target.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return [element, size] as const;
}

/** Everybody, and what they share. */
export function Stage() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const small = useMediaQuery(SMALL_CALL);
  const tiles = useAppSelector(small ? selectMainTile : selectTiles);
  const people = useAppSelector(selectPeople);
  const captioned = useAppSelector((state) => state.captions.wanted && state.screen.panel !== 'captions');
  const over = useCaptionsPlace() === 'over';
  const [element, size] = useSize();
  const self = people.find((person) => person.self)?.id;
  const layout = useMemo(
    () =>
      small
        ? fillStage(size)
        : layoutStage(
            tiles.map(({ kind, personId }) => ({ kind, self: personId === self })),
            size,
            captioned && over,
          ),
    [small, tiles, self, size, captioned, over],
  );
  const alone = !small && people.length === 1 && self !== undefined;
  return (
    <div className="stage" ref={element}>
      <ul className="stage-tiles" aria-label={t('stage.label')} style={{ height: layout.height }}>
        {tiles.map((tile, index) => {
          const box = layout.boxes[index];
          return box === undefined ? null : (
            <PersonTile
              key={tile.id}
              personId={tile.personId}
              kind={tile.kind}
              box={box}
              floating={layout.floating === index}
            />
          );
        })}
        {layout.overflow !== undefined && (
          <li
            className="tile tile-more"
            style={{
              transform: `translate(${layout.overflow.box.x}px, ${layout.overflow.box.y}px)`,
              width: layout.overflow.box.width,
              height: layout.overflow.box.height,
            }}
          >
            <button
              type="button"
              className="tile-more-button"
              aria-label={t('control.peopleOpen')}
              onClick={() => dispatch(panelToggled('people'))}
            >
              +{layout.overflow.hidden}
            </button>
          </li>
        )}
      </ul>
      {alone && (
        <div className="stage-alone">
          <p className="stage-alone-title">{t('stage.alone')}</p>
          <p>{t('stage.aloneHelp')}</p>
        </div>
      )}
    </div>
  );
}
