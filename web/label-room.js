// Where labels stand on the map, in pixels; pure. A label may stand on any side of its station, so that it hides nothing.

/** The sides of a station in the order in which they are liked. */
export const SIDES = ['top', 'bottom', 'right', 'left'];

/** Room that a label takes, with its pointer away from the station, and the room the best one takes. */
const LABEL = { width: 58, height: 28, gap: 6 };
const BEST_LABEL = { width: 84, height: 40, gap: 6 };

/** Room of the search pin, whose tip is its position. */
const PIN = { width: 28, height: 37 };

/** Half the size of a dot. */
const DOT = 8;

/** Hiding the pin is worse than not being seen whole, and that worse than hiding any number of dots. */
const UNSEEN_COST = 1000;
const PIN_COST = 10000;

/**
 * The side of each label, null for a dot. `points` are in the order of the ranking: a label stays where no earlier
 * one and not the pin stands and it is seen whole, on the side where it hides the fewest other stations. The best one
 * always has a label, and stations outside the view have theirs as if all could be seen.
 * `view` is the box of the map that can be seen.
 */
export function place(points, { pinAt, view }) {
  const pin = { left: pinAt.x - PIN.width / 2, right: pinAt.x + PIN.width / 2, top: pinAt.y - PIN.height, bottom: pinAt.y };
  const taken = [];
  return points.map((point) => {
    const isSeen = isInside(point, view);
    const choices = SIDES.map((side) => {
      const box = boxAt(point, side, point.isBest ? BEST_LABEL : LABEL);
      const isFree = taken.every((other) => areApart(box, other));
      const hidesPin = !areApart(box, pin);
      const hidden = points.filter((other) => other !== point && isInside(other, box)).length;
      const isCut = isSeen && !isWithin(box, view);
      return { side, box, isAllowed: isFree && !hidesPin && !isCut, cost: hidden + (hidesPin ? PIN_COST : 0) + (isCut ? UNSEEN_COST : 0) };
    });
    const allowed = choices.filter(({ isAllowed }) => isAllowed || point.isBest);
    if (allowed.length === 0) return null;
    const chosen = allowed.reduce((least, choice) => (choice.cost < least.cost ? choice : least));
    taken.push(chosen.box);
    return chosen.side;
  });
}

function boxAt({ x, y }, side, { width, height, gap }) {
  const left = { top: x - width / 2, bottom: x - width / 2, right: x + gap, left: x - gap - width }[side];
  const top = { top: y - gap - height, bottom: y + gap, right: y - height / 2, left: y - height / 2 }[side];
  return { left, right: left + width, top, bottom: top + height };
}

const isInside = ({ x, y }, { left, right, top, bottom }) => x > left - DOT && x < right + DOT && y > top - DOT && y < bottom + DOT;

const isWithin = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;

function areApart(a, b) {
  return a.right < b.left || a.left > b.right || a.bottom < b.top || a.top > b.bottom;
}
