using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace TorchSharp;

/// <summary>An operator of libtorch, found by name once and then called through the dispatcher.</summary>
internal sealed unsafe class Operator
{
    private const int MaxResults = 8;

    private static readonly ConcurrentDictionary<(string, string), Operator> ByNameAndOverload = new();
    private static readonly ConcurrentDictionary<string, Operator> ByShortName = new();

    private readonly nint handle;

    private Operator(string name, string overload)
    {
        NativeMethods.Check(NativeMethods.ts_find(name, overload, out handle));
    }

    /// <summary>For example <c>Get("aten::add", "Tensor")</c>.</summary>
    internal static Operator Get(string name, string overload = "")
        => ByNameAndOverload.GetOrAdd((name, overload), static key => new Operator(key.Item1, key.Item2));

    /// <summary>For example <c>Aten("add.Tensor")</c>: the namespace is left out and the overload follows the dot.</summary>
    internal static Operator Aten(string shortName)
    {
        if (ByShortName.TryGetValue(shortName, out var found)) return found;
        var dot = shortName.IndexOf('.');
        found = dot < 0 ? Get("aten::" + shortName) : Get("aten::" + shortName[..dot], shortName[(dot + 1)..]);
        ByShortName[shortName] = found;
        return found;
    }

    /// <summary>Calls an operator that gives one tensor. Missing trailing arguments take the schema's defaults.</summary>
    internal torch.Tensor Call(params ReadOnlySpan<Argument> args)
    {
        var results = stackalloc NativeValue[MaxResults];
        if (Run(args, results) == 1)
        {
            if (results[0].Kind == ArgumentKind.Tensor) return torch.Tensor.Wrap(results[0].Pointer);
            if (results[0].Kind == ArgumentKind.None) return null;
        }
        throw new InvalidOperationException("The operator does not give one tensor.");
    }

    /// <summary>Calls an operator that changes its first argument, and drops the second handle to it that comes back.</summary>
    internal void CallInPlace(params ReadOnlySpan<Argument> args)
    {
        var results = stackalloc NativeValue[MaxResults];
        if (Run(args, results) != 1 || results[0].Kind != ArgumentKind.Tensor)
        {
            throw new InvalidOperationException("The operator does not give one tensor.");
        }
        NativeMethods.ts_free(results[0].Pointer);
    }

    /// <summary>Calls an operator for all its tensors: several results, a list, or both, in order. Undefined ones are null.</summary>
    internal torch.Tensor[] CallMany(params ReadOnlySpan<Argument> args)
    {
        var results = stackalloc NativeValue[MaxResults];
        var count = Run(args, results);
        var tensors = new List<torch.Tensor>(count);
        for (var k = 0; k < count; k++)
        {
            if (results[k].Kind == ArgumentKind.TensorList)
            {
                var items = (nint*)results[k].Pointer;
                for (var j = 0; j < results[k].Length; j++) tensors.Add(torch.Tensor.Wrap(items[j]));
                NativeMethods.ts_free_list(results[k].Pointer);
            }
            else
            {
                tensors.Add(results[k].Kind == ArgumentKind.Tensor ? torch.Tensor.Wrap(results[k].Pointer) : null);
            }
        }
        return tensors.ToArray();
    }

    internal bool CallBool(params ReadOnlySpan<Argument> args) => CallNumber(ArgumentKind.Bool, args).Integer != 0;

    internal long CallLong(params ReadOnlySpan<Argument> args) => CallNumber(ArgumentKind.Int, args).Integer;

    internal double CallDouble(params ReadOnlySpan<Argument> args) => CallNumber(ArgumentKind.Double, args).Real;

    /// <summary>Calls an operator that gives nothing.</summary>
    internal void CallVoid(params ReadOnlySpan<Argument> args)
    {
        var results = stackalloc NativeValue[MaxResults];
        Run(args, results);
    }

    private NativeValue CallNumber(ArgumentKind kind, ReadOnlySpan<Argument> args)
    {
        var results = stackalloc NativeValue[MaxResults];
        if (Run(args, results) == 1 && results[0].Kind == kind) return results[0];
        throw new InvalidOperationException($"The operator does not give a {kind}.");
    }

    // Lists and strings are copied into one block of scratch memory, so that nothing needs pinning.
    private int Run(ReadOnlySpan<Argument> args, NativeValue* results)
    {
        const int OnStack = 1024;
        var size = ScratchSize(args);
        var values = stackalloc NativeValue[args.Length + 1];
        if (size <= OnStack)
        {
            var scratch = stackalloc byte[OnStack];
            return Run(args, values, scratch, results);
        }
        var memory = (byte*)NativeMemory.Alloc((nuint)size);
        try
        {
            return Run(args, values, memory, results);
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    private int Run(ReadOnlySpan<Argument> args, NativeValue* values, byte* scratch, NativeValue* results)
    {
        for (var k = 0; k < args.Length; k++) scratch = Write(args[k], ref values[k], scratch);
        var count = MaxResults;
        NativeMethods.Check(NativeMethods.ts_call(handle, values, args.Length, results, ref count));
        // Nothing may be finalized while native code uses its handle.
        foreach (ref readonly var arg in args) GC.KeepAlive(arg.Reference);
        return count;
    }

    private static long ScratchSize(ReadOnlySpan<Argument> args)
    {
        long size = 0;
        foreach (ref readonly var arg in args)
        {
            size += arg.Reference switch
            {
                Array list => 8L * list.Length,
                string text => Encoding.UTF8.GetMaxByteCount(text.Length) + 8,
                _ => 0,
            };
        }
        return size;
    }

    private static byte* Write(in Argument arg, ref NativeValue value, byte* scratch)
    {
        value.Kind = arg.Kind;
        value.Length = 0;
        value.Integer = arg.Bits;
        switch (arg.Kind)
        {
            case ArgumentKind.Tensor:
                value.Pointer = ((torch.Tensor)arg.Reference).Handle;
                break;
            case ArgumentKind.Generator:
                value.Pointer = ((torch.Generator)arg.Reference).Handle;
                break;
            case ArgumentKind.Device:
                var device = (torch.Device)arg.Reference;
                value.Integer = (long)device.type;
                value.Length = device.index;
                break;
            case ArgumentKind.IntList:
                return WriteList((long[])arg.Reference, ref value, scratch);
            case ArgumentKind.DoubleList:
            case ArgumentKind.Complex:
                return WriteList((double[])arg.Reference, ref value, scratch);
            case ArgumentKind.BoolList:
                return WriteList((bool[])arg.Reference, ref value, scratch);
            case ArgumentKind.TensorList:
                var tensors = (torch.Tensor[])arg.Reference;
                for (var j = 0; j < tensors.Length; j++) ((nint*)scratch)[j] = tensors[j] is null ? 0 : tensors[j].Handle;
                value.Length = tensors.Length;
                value.Pointer = (nint)scratch;
                return scratch + 8L * tensors.Length;
            case ArgumentKind.String:
                var text = (string)arg.Reference;
                value.Length = Encoding.UTF8.GetBytes(text, new Span<byte>(scratch, Encoding.UTF8.GetMaxByteCount(text.Length)));
                value.Pointer = (nint)scratch;
                return scratch + (value.Length + 7) / 8 * 8;
        }
        return scratch;
    }

    private static byte* WriteList<T>(T[] items, ref NativeValue value, byte* scratch) where T : unmanaged
    {
        items.CopyTo(new Span<T>(scratch, items.Length));
        value.Length = items.Length;
        value.Pointer = (nint)scratch;
        return scratch + 8L * items.Length;
    }
}
