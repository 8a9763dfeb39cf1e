/** Whether an element is on the screen, or nearly (so that it is drawn before it is scrolled to). */
import { type RefObject, useEffect, useState } from "react";

const MARGIN = "160px 0px";

export function useOnScreen(ref: RefObject<Element | null>): boolean {
  const [isOn, setIsOn] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new IntersectionObserver((entries) => setIsOn(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: MARGIN,
    });
    observer.observe(element);
    const onPrint = () => setIsOn(true);
    window.addEventListener("beforeprint", onPrint);
    return () => {
      observer.disconnect();
      window.removeEventListener("beforeprint", onPrint);
    };
  }, [ref]);
  return isOn;
}
