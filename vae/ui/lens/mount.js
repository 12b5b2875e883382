// A component's default export. Where it is mounted `make` is called once; what that gives is
// updated at every run and disposed of when it goes.
function mounted(make) {
  const living = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    if (!living.has(parentElement)) living.set(parentElement, make(component));
    const one = living.get(parentElement);
    one.update(component);
    return () => {
      one.dispose();
      living.delete(parentElement);
    };
  };
}
