"""What ``pregonero bench`` measures: this project and what people would pick instead, side by side in one run."""
