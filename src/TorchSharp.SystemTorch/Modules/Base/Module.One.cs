namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module of one input.</summary>
        public abstract class Module<T, TResult>
            : HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>, IModule<T, TResult>
        {
            protected Module(string name)
                : base(name)
            {
            }

            public abstract TResult forward(T input);

            /// <summary>Runs the hooks and <c>forward</c>. A hook that gives back null leaves the value as it is.</summary>
            public TResult call(T input)
            {
                if (!HasHooks)
                {
                    return forward(input);
                }

                foreach (var hook in PreHooks)
                {
                    if (hook is Action<Module> plain)
                    {
                        plain(this);
                    }
                    else if (((Func<Module<T, TResult>, T, T>)hook)(this, input) is { } changed)
                    {
                        input = changed;
                    }
                }

                var result = forward(input);
                foreach (var hook in PostHooks)
                {
                    if (hook is Action<Module> plain)
                    {
                        plain(this);
                    }
                    else if (((Func<Module<T, TResult>, T, TResult, TResult>)hook)(this, input, result) is { } changed)
                    {
                        result = changed;
                    }
                }

                return result;
            }
        }
    }
}
