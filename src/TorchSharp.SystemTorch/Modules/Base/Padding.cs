namespace TorchSharp;

/// <summary>Padding of a convolution by name instead of by size.</summary>
public enum Padding
{
    Valid = 0,
    Same = 1,
}
