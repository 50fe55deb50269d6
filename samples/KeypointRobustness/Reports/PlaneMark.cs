namespace KeypointRobustness.Reports;

/// <summary>A counterexample in the parameter plane.</summary>
/// <param name="X">The first parameter's value.</param>
/// <param name="Y">The second parameter's value.</param>
/// <param name="Text">What its tooltip says.</param>
internal sealed record PlaneMark(double X, double Y, string Text);
