namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module of two inputs.</summary>
        public abstract class Module<T1, T2, TResult>
            : HookableModule<Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>, Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>,
              IModule<T1, T2, TResult>
        {
            protected Module(string name)
                : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2);

            /// <summary>Runs the hooks and <c>forward</c>. A hook that gives back null leaves the value as it is.</summary>
            public TResult call(T1 input1, T2 input2)
            {
                if (!HasHooks)
                {
                    return forward(input1, input2);
                }

                foreach (var hook in PreHooks)
                {
                    if (hook is Action<Module> plain)
                    {
                        plain(this);
                    }
                    else if (((Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>)hook)(this, input1, input2) is { } changed)
                    {
                        (input1, input2) = changed;
                    }
                }

                var result = forward(input1, input2);
                foreach (var hook in PostHooks)
                {
                    if (hook is Action<Module> plain)
                    {
                        plain(this);
                    }
                    else if (((Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>)hook)(this, input1, input2, result) is { } changed)
                    {
                        result = changed;
                    }
                }

                return result;
            }
        }
    }
}
