namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose <c>call</c> runs hooks before and after <c>forward</c>.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            // Null until the first hook, so that a call without hooks costs a comparison.
            private List<(string key, Delegate hook)> before;
            private List<(string key, Delegate hook)> after;
            private int nextKey;

            protected HookableModule(string name)
                : base(name)
            {
            }

            public HookRemover register_forward_pre_hook(TPreHook hook) => Register(ref before, (Delegate)(object)hook);

            public HookRemover register_forward_pre_hook(Action<Module> hook) => Register(ref before, hook);

            public HookRemover register_forward_hook(TPostHook hook) => Register(ref after, (Delegate)(object)hook);

            public HookRemover register_forward_hook(Action<Module> hook) => Register(ref after, hook);

            private protected bool HasHooks => before is not null || after is not null;

            // Copies: a hook may remove itself while it runs. Those that see the module only are the outermost.
            private protected Delegate[] PreHooks =>
                before is null ? [] : before.Select(entry => entry.hook).OrderBy(hook => hook is not Action<Module>).ToArray();

            private protected Delegate[] PostHooks =>
                after is null ? [] : after.Select(entry => entry.hook).OrderBy(hook => hook is Action<Module>).ToArray();

            private HookRemover Register(ref List<(string key, Delegate hook)> hooks, Delegate hook)
            {
                ArgumentNullException.ThrowIfNull(hook);
                var key = (nextKey++).ToString(System.Globalization.CultureInfo.InvariantCulture);
                (hooks ??= []).Add((key, hook));
                return new HookRemover(this, key);
            }

            private void Remove(string key)
            {
                before?.RemoveAll(entry => entry.key == key);
                after?.RemoveAll(entry => entry.key == key);
                before = before?.Count > 0 ? before : null;
                after = after?.Count > 0 ? after : null;
            }

            /// <summary>Takes one hook off its module again.</summary>
            public class HookRemover
            {
                private readonly HookableModule<TPreHook, TPostHook> module;
                private readonly string key;

                public HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
                {
                    this.module = module;
                    this.key = key;
                }

                public void remove() => module.Remove(key);
            }
        }
    }
}
