// A field where a position is typed or taken from the device; the search and the report each have one.

import { byId } from './dom.js';
import { t } from './i18n.js';
import { position as written } from './format.js';
import { parsePosition } from './parse.js';
import { roundPosition } from './state.js';

const LOCATE_PATIENCE_MS = 15000;

/** A position at most this old is good enough: nobody drives far in a minute at a station. */
const LOCATE_OLDEST_MS = 60000;

/**
 * `prefix` names the elements `<prefix>`, `<prefix>-locate`, `<prefix>-problem`; `onPlace` hears whether the device told it.
 * While nobody types, the position stands there with so many `digits`, and that of the device by its name.
 */
export function createPlaceField(prefix, onPlace, { digits = 6 } = {}) {
  const field = byId(prefix);
  const button = byId(`${prefix}-locate`);
  const message = byId(`${prefix}-problem`);
  let shown = null;

  const resting = () => (shown.isDevice ? t('position_device') : written(shown.place, digits));
  const isUntouched = () => shown !== null && [resting(), written(shown.place)].includes(field.value);

  function say(text, isWrong) {
    message.textContent = text;
    message.classList.toggle('problem', isWrong);
    field.setAttribute('aria-invalid', String(isWrong && text !== ''));
  }

  function take() {
    if (isUntouched()) return roundPosition(shown.place);
    const place = parsePosition(field.value);
    if (place.error) {
      say(t(place.error), true);
      return null;
    }
    say('', false);
    return roundPosition(place);
  }

  field.addEventListener('focus', () => {
    if (!isUntouched()) return;
    field.value = written(shown.place);
    field.select();
  });
  field.addEventListener('blur', () => {
    if (isUntouched()) field.value = resting();
  });
  field.addEventListener('change', () => {
    if (isUntouched()) return say('', false);
    const place = take();
    if (place) onPlace(place, { isDevice: false });
  });

  button.addEventListener('click', async () => {
    if (!window.isSecureContext) return say(t('locate_insecure'), false);
    say(t('locating'), false);
    try {
      const place = await locate();
      say('', false);
      onPlace(place, { isDevice: true });
    } catch (error) {
      say(t(error.code === 1 ? 'locate_denied' : 'locate_unavailable'), false);
    }
  });

  return {
    /** Writes a position that was chosen elsewhere, or empties the field. */
    show(place, isDevice = false) {
      shown = place ? { place, isDevice } : null;
      if (shown === null) field.value = '';
      else field.value = document.activeElement === field ? written(place) : resting();
      say('', false);
    },
    /** The position typed, or null after saying what is wrong with it. */
    take,
    say,
    focus: () => field.focus(),
  };
}

/** The device's position. Rejects with a GeolocationPositionError. */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) return reject(new Error('no geolocation'));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve(roundPosition({ lat: coords.latitude, lon: coords.longitude })),
      reject,
      { timeout: LOCATE_PATIENCE_MS, maximumAge: LOCATE_OLDEST_MS, enableHighAccuracy: true },
    );
  });
}

/** The position if the reader has allowed it before: nobody is asked just for opening the page. */
export async function locateIfAllowed() {
  try {
    const permission = await navigator.permissions.query({ name: 'geolocation' });
    return permission.state === 'granted' ? await locate() : null;
  } catch {
    return null;
  }
}
